import { constantOf, producersOf, type Producers } from "#core/onnx/lookup.ts";
import type { Graph, GraphNode, OnnxModel } from "#core/onnx/graph.ts";
import type { ConstantOf } from "./operator-rule.ts";
import { OPERATORS } from "./rules/index.ts";

/*
 * Exact arithmetic alone does not make the rows of a batch independent: a graph may transpose, slice or reshape across
 * them. Only graphs whose nodes are all known to treat each row separately count as independent.
 */

/** The rank of each value that the batch's rows pass through, by name; axis 0 is the batch. */
type Batched = Map<string, number>;

/** @returns true if each output row depends only on the same input row, in any batch */
export function rowsAreIndependent(model: OnnxModel): boolean {
  const { graph } = model;
  const [input] = graph.inputs;
  if (graph.inputs.length !== 1 || input?.shape?.[0] !== -1 || model.functions.length > 0) return false;
  const batched: Batched = new Map([[input.name, input.shape.length]]);
  const producers = producersOf(graph);
  for (const node of graph.nodes) {
    if (!node.inputs.some((name) => batched.has(name))) continue;
    const rank = node.domain === "" && node.outputs.length === 1 ? rankAfter(node, batched, graph, producers) : null;
    if (rank === null) return false;
    batched.set(node.outputs[0]!, rank);
  }
  return graph.outputs.every(({ name }) => batched.has(name));
}

/** The output's rank if the node keeps rows independent, otherwise null. */
function rankAfter(node: GraphNode, batched: Batched, graph: Graph, producers: Producers): number | null {
  const first = batched.get(node.inputs[0] ?? "");
  const restFixed = node.inputs.slice(1).every((name) => !batched.has(name));
  const constant: ConstantOf = (name) => constantOf(name, graph, producers);
  const treatment = OPERATORS.get(node.op)?.rows ?? "not followed";
  if (treatment === "elementwise") return elementwiseRank(node, batched, constant);
  if (first === undefined || !restFixed || treatment === "not followed") return null;
  return treatment === "each row" ? first : treatment(node, first, constant);
}

/** Rows stay independent if all batched operands have the same rank and the others do not vary along axis 0. */
function elementwiseRank(node: GraphNode, batched: Batched, constant: ConstantOf): number | null {
  const ranks = new Set(node.inputs.flatMap((name) => batched.get(name) ?? []));
  const [rank] = ranks;
  if (ranks.size !== 1 || rank === undefined) return null;
  const others = node.inputs.filter((name) => !batched.has(name));
  const spread = others.every((name) => {
    const dims = constant(name)?.dims;
    return dims !== undefined && (dims.length < rank || (dims.length === rank && dims[0] === 1));
  });
  return spread ? rank : null;
}
