import type { GraphNode, OnnxModel } from "#core/onnx/graph.ts";
import { onlyOutput } from "#core/onnx/classes.ts";
import { quoted } from "#core/onnx/rejected.ts";
import { constantOf } from "../constant.ts";
import type { Layer, Network } from "../network.ts";
import { untreatable } from "../untreatable.ts";
import { NodeCall, type Known, type Lowered } from "./node-call.ts";
import { adviceOn, OPERATORS } from "./operators.ts";

/**
 * Reads a float classifier's graph as a network: shapes worked out, constants computed, the batch left out.
 * @param shape of its input, the batch first
 * @throws Untreatable naming the first node that has no exact form
 */
export function lower(
  model: OnnxModel,
  input: { readonly name: string; readonly shape: readonly number[]; readonly fixedBatch: number | null },
): Network {
  const opset = model.opsets.get("") ?? untreatable("The model does not use ONNX's own operators.");
  const [, ...shape] = input.shape;
  if (shape.length === 0)
    untreatable(
      `Its input ${quoted(input.name)} has no batch. Export the model with the shape [N, ${input.shape.join(", ")}].`,
    );
  const tensor = { name: input.name, shape };
  const known = new Map<string, Known>([[input.name, { kind: "value", tensor }]]);
  const layers: Layer[] = [];
  for (const [name, weight] of model.graph.initializers)
    known.set(
      name,
      lazily(() => constantOf(weight)),
    );
  for (const node of neededNodes(model)) define(node, lowered(node, opset, input.fixedBatch, known), known, layers);
  const { name } = onlyOutput(model.graph);
  const output = known.get(name);
  if (output?.kind !== "value") untreatable(`Its output ${quoted(name)} does not depend on the image.`);
  return { input: tensor, layers, output: output.tensor.name };
}

/** A weight of a type that nothing here computes with matters only where a node reads it. */
function lazily(read: () => ReturnType<typeof constantOf>): Known {
  let constant: ReturnType<typeof constantOf> | undefined;
  return {
    kind: "constant",
    get constant() {
      return (constant ??= read());
    },
  };
}

function neededNodes({ graph }: OnnxModel): readonly GraphNode[] {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const kept = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    for (const name of node.inputs) needed.add(name);
    return true;
  });
  return kept.toReversed();
}

function lowered(
  node: GraphNode,
  opset: number,
  fixedBatch: number | null,
  known: ReadonlyMap<string, Known>,
): Lowered {
  const inputs = node.inputs.map((name) => {
    if (name === "") return null;
    return (
      known.get(name) ??
      untreatable(
        `${node.op} ${quoted(node.name)} reads ${quoted(name)}, which no node before it makes. The file is damaged.`,
      )
    );
  });
  const call = new NodeCall(node, opset, fixedBatch, inputs);
  const rule = node.domain === "" ? OPERATORS.get(node.op) : undefined;
  return rule === undefined
    ? call.refuse(
        node.domain === ""
          ? adviceOn(node.op)
          : `is an operator of ${quoted(node.domain)}. Export the model with ONNX's own operators.`,
      )
    : rule(call);
}

function define(node: GraphNode, result: Lowered, known: Map<string, Known>, layers: Layer[]): void {
  const [output = ""] = node.outputs;
  if ("kind" in result) {
    known.set(output, result);
    return;
  }
  layers.push(...result);
  known.set(output, { kind: "value", tensor: result.at(-1)! });
}
