import type { Graph, GraphNode, OnnxModel } from "../onnx/graph.ts";
import { producersOf, type Producers } from "../onnx/lookup.ts";
import { valuesRead } from "../onnx/values-read.ts";
import { isConstantNode } from "./cut-node.ts";

/** A node of one model and its place in it. */
export interface PlacedNode {
  readonly index: number;
  readonly node: GraphNode;
  readonly model: OnnxModel;
  readonly producers: Producers;
  /** Values of its model that nodes make of constants alone: the optimiser folds them. */
  readonly folded: ReadonlySet<string>;
}

/** The nodes that compute something, in graph order. What a Constant node holds belongs to the nodes that read it. */
export function placedNodes(model: OnnxModel): readonly PlacedNode[] {
  const producers = producersOf(model.graph);
  const folded = foldedValues(model.graph);
  return model.graph.nodes
    .map((node, index) => ({ index, node, model, producers, folded }))
    .filter(({ node }) => !isConstantNode(node));
}

/** Each run of these gives other numbers, so nothing that they make can be folded. */
const RANDOM = /^(Random|Multinomial|Bernoulli)/;

function foldedValues(graph: Graph): ReadonlySet<string> {
  const constant = new Set(graph.initializers.keys());
  const folded = new Set<string>();
  for (const node of graph.nodes) {
    if (RANDOM.test(node.op) || !valuesRead(node).every((name) => constant.has(name))) continue;
    for (const name of node.outputs) {
      constant.add(name);
      if (!isConstantNode(node)) folded.add(name);
    }
  }
  return folded;
}
