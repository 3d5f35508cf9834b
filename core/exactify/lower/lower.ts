import { neededNodes } from "#core/onnx/canonical.ts";
import type { GraphNode, OnnxModel } from "#core/onnx/graph.ts";
import { onlyOutput } from "#core/onnx/classes.ts";
import { quoted } from "#core/onnx/rejected.ts";
import { constantOf } from "../constant.ts";
import type { Layer, Network } from "../network.ts";
import { untreatable } from "../untreatable.ts";
import { NodeCall, type Known, type Lowered } from "./node-call.ts";
import { adviceOn, OPERATORS } from "./operators.ts";

/**
 * Reads a float classifier's graph as a network, with shapes and constants computed and without the batch.
 * @param input its shape begins with the batch
 * @throws Untreatable naming the first node that has no exact form
 */
export function lower(
  model: OnnxModel,
  input: { readonly name: string; readonly shape: readonly number[]; readonly fixedBatch: number | null },
): Network {
  const opset = model.opsets.get("") ?? untreatable("The model does not use ONNX's standard operators.");
  const [, ...shape] = input.shape;
  if (shape.length === 0)
    untreatable(
      `Its input ${quoted(input.name)} has no batch. Export it with the shape [N, ${input.shape.join(", ")}].`,
    );
  const tensor = { name: input.name, shape };
  const known = new Map<string, Known>([[input.name, { kind: "value", tensor }]]);
  const layers: Layer[] = [];
  for (const [name, weight] of model.graph.initializers)
    known.set(
      name,
      lazily(() => constantOf(weight)),
    );
  const nodes = neededNodes(model.graph);
  for (const node of nodes) define(node, lowered(node, opset, input.fixedBatch, known), known, layers);
  const { name } = onlyOutput(model.graph);
  const output = known.get(name);
  if (output?.kind !== "value") untreatable(`Its output ${quoted(name)} does not depend on the image.`);
  return { input: tensor, layers, output: output.tensor.name };
}

/** A weight of an unsupported type matters only if a node reads it. */
function lazily(read: () => ReturnType<typeof constantOf>): Known {
  let constant: ReturnType<typeof constantOf> | undefined;
  return {
    kind: "constant",
    get constant() {
      return (constant ??= read());
    },
  };
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
        `${node.op} ${quoted(node.name)} reads ${quoted(name)}, which no earlier node produces. The file is damaged.`,
      )
    );
  });
  const call = new NodeCall(node, opset, fixedBatch, inputs);
  if (node.domain !== "")
    call.refuse(`is an operator of ${quoted(node.domain)}. Export the model with ONNX's standard operators.`);
  const rule = OPERATORS.get(node.op) ?? call.refuse(adviceOn(node.op));
  return rule(call);
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
