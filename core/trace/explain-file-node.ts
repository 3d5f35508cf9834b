import { BACKENDS } from "../backends.ts";
import { nameOf } from "../certify/graph-values.ts";
import { IsobitError } from "../errors.ts";
import { explainNode as explainRequest } from "../explain/explain.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { ExplainedSource } from "../explain/request.ts";
import type { GraphNode, OnnxModel } from "../onnx/graph.ts";
import { producersOf } from "../onnx/lookup.ts";
import { readModel } from "../onnx/read.ts";
import { requireOptions } from "../options.ts";
import { orIncomplete, quoted } from "../onnx/rejected.ts";
import type { AnyTensor } from "../tensors/given-tensor.ts";
import type { TensorValue } from "../tensors/tensor-value.ts";
import { constantValue } from "./constants.ts";
import type { Evaluator } from "./own-evaluator.ts";
import { givenFeeds } from "./trace-files.ts";

export interface ExplainNodeOptions {
  /** The node's name in the file, or its first output's name if it has none. */
  readonly node: string;
  /** The node's inputs by name, except constants of the model. Both runtimes must have received exactly these bits. */
  readonly feeds: Readonly<Record<string, AnyTensor>>;
  readonly reference: NodeOutputs;
  readonly other: NodeOutputs;
}

/** What one runtime returned for the node. */
export interface NodeOutputs extends Pick<Evaluator, "name" | "backend" | "optimizationLevel"> {
  /** By the output names in the file. */
  readonly outputs: Readonly<Record<string, AnyTensor>>;
}

/**
 * Explains why one node's outputs differ between two runtimes that received the same inputs: fused multiply-add,
 * another summation order, a narrower type, or a result outside the possible rounding error.
 * @param model the ONNX file that contains the node
 * @returns null where no bit differs
 * @throws IsobitError BAD_INPUT for a node that the model does not have and for a missing or malformed tensor,
 *   INCOMPLETE for a file that is not a complete ONNX model
 * @example
 * ```ts
 * const explanation = await explainNode(model, {
 *   node: "conv1",
 *   feeds: { x },
 *   reference: { name: "CPU", outputs: { y: onCpu }, backend: "CPU" },
 *   other: { name: "NPU", outputs: { y: onNpu } },
 * });
 * console.log(explanation?.cause, explanation?.hypothesis?.other.order.description);
 * ```
 */
export async function explainNode(model: Uint8Array, options: ExplainNodeOptions): Promise<Explanation | null> {
  const { node: name, feeds, reference, other } = requireOptions(options);
  return await orIncomplete(() => {
    const whole = readModel(model);
    const node = whole.graph.nodes.find((each) => nameOf(each) === name);
    if (node === undefined) throw new IsobitError("BAD_INPUT", `The model has no node ${quoted(name)}.`);
    return explainRequest({
      node,
      opset: whole.opsets.get("") ?? 1,
      inputs: inputsOf(node, whole, givenFeeds(feeds)),
      reference: explainedSource(reference, node),
      other: explainedSource(other, node),
    });
  });
}

function inputsOf(
  node: GraphNode,
  { graph }: OnnxModel,
  feeds: ReadonlyMap<string, TensorValue>,
): readonly (TensorValue | null)[] {
  const producers = producersOf(graph);
  return node.inputs.map((name) => {
    if (name === "") return null;
    const value = feeds.get(name) ?? constantValue(name, graph, producers);
    return value ?? refused(`The node reads ${quoted(name)}, which is neither in \`feeds\` nor a constant of numbers.`);
  });
}

function explainedSource({ name, outputs, backend, optimizationLevel }: NodeOutputs, node: GraphNode): ExplainedSource {
  const given = givenFeeds(outputs);
  return {
    source: name,
    runsOn: backend ?? null,
    optimizationLevel: optimizationLevel ?? "unknown",
    tf32: backend !== undefined && BACKENDS[backend].tf32,
    outputs: node.outputs.map((output) => {
      if (output === "") return null;
      return given.get(output) ?? refused(`The output ${quoted(output)} of ${name} is missing.`);
    }),
  };
}

function refused(message: string): never {
  throw new IsobitError("BAD_INPUT", message);
}
