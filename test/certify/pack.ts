import type { GraphNode, Tensor, ValueInfo } from "#core/onnx/graph.ts";
import { canonical } from "#core/onnx/canonical.ts";
import { writeModel } from "#core/onnx/write.ts";
import { modelOf } from "./graphs/sketch.ts";
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
  const valueInfo: ValueInfo[] = [];
  const weightInputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  const inputs: ValueInfo[] = [];
  const feeds: Feed[] = [];
  for (const [at, { model, input }] of trials.entries()) {
    const named = (name: string): string => (name === "" ? "" : `g${at}/${name}`);
    nodes.push(...model.graph.nodes.map((node) => renamed(node, named)));
    for (const [name, tensor] of model.graph.initializers)
      initializers.set(named(name), { ...tensor, name: named(name) });
    feeds.push({ name: named(model.graph.inputs[0]!.name), ...input });
    const noted = (info: ValueInfo): ValueInfo => ({
      ...info,
      name: named(info.name),
      dimNames: info.dimNames.map((name) => name && named(name)),
    });
    inputs.push(...model.graph.inputs.map(noted));
    valueInfo.push(...model.graph.valueInfo.map(noted));
    weightInputs.push(...model.graph.weightInputs.map(noted));
    outputs.push(...model.graph.outputs.map(noted));
  }
  const empty = modelOf(opset, nodes, initializers, [], []);
  const model = { ...empty, graph: { ...empty.graph, inputs, outputs, valueInfo, weightInputs } };
  return { bytes: writeModel(canonical(model).model), feeds, outputs: outputs.map(({ name }) => name), trials };
}

function renamed(node: GraphNode, named: (name: string) => string): GraphNode {
  return { ...node, name: named(node.name), inputs: node.inputs.map(named), outputs: node.outputs.map(named) };
}
