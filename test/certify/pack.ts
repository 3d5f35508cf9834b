import type { GraphNode, OnnxModel, Tensor } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import { modelOf, type Port } from "./graphs/sketch.ts";
import type { Feed } from "./runtimes/feed.ts";
import type { Trial } from "./trial.ts";

/** Many trials as branches of one model, because making a session costs far more than running one. */
export interface Pack {
  readonly bytes: Uint8Array;
  readonly feeds: readonly Feed[];
  /** In the trials' order. */
  readonly outputs: readonly string[];
  readonly trials: readonly Trial[];
}

/** Trials of one opset, at most `size` a pack. */
export function packsOf(trials: readonly Trial[], size: number): readonly Pack[] {
  const byOpset = Map.groupBy(trials, ({ model }) => model.opsets.get("")!);
  return [...byOpset].flatMap(([opset, group]) =>
    Array.from({ length: Math.ceil(group.length / size) }, (_, at) =>
      pack(opset, group.slice(at * size, (at + 1) * size)),
    ),
  );
}

function pack(opset: number, trials: readonly Trial[]): Pack {
  const nodes: GraphNode[] = [];
  const initializers = new Map<string, Tensor>();
  const inputs: Port[] = [];
  const feeds: Feed[] = [];
  const outputs: string[] = [];
  for (const [at, { model, input }] of trials.entries()) {
    const named = (name: string): string => (name === "" ? "" : `g${at}/${name}`);
    nodes.push(...model.graph.nodes.map((node) => renamed(node, named)));
    for (const [name, tensor] of model.graph.initializers)
      initializers.set(named(name), { ...tensor, name: named(name) });
    inputs.push({ name: named(model.graph.inputs[0]!.name), dims: inputDims(model, named) });
    feeds.push({ name: named(model.graph.inputs[0]!.name), ...input });
    outputs.push(named(model.graph.outputs[0]!.name));
  }
  return { bytes: writeModel(modelOf(opset, nodes, initializers, inputs, outputs)), feeds, outputs, trials };
}

function renamed(node: GraphNode, named: (name: string) => string): GraphNode {
  return { ...node, name: named(node.name), inputs: node.inputs.map(named), outputs: node.outputs.map(named) };
}

function inputDims(model: OnnxModel, named: (name: string) => string): Port["dims"] {
  const { shape, dimNames } = model.graph.inputs[0]!;
  return shape!.map((size, axis) => (size >= 0 ? size : named(dimNames[axis] ?? "N")));
}
