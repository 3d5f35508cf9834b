import { constantOf, producersOf, type Producers } from "#core/onnx/lookup.ts";
import type { Graph, GraphNode, OnnxModel, Tensor } from "#core/onnx/graph.ts";
import { intAttribute } from "#core/onnx/node-attributes.ts";

/*
 * Exact arithmetic alone does not keep the rows of a batch apart: a graph may transpose, slice or reshape across them.
 * Only graphs made of nodes that treat each row by itself are called independent. What is not known is not.
 */

/** What the batch's rows run through, by the value's name: its rank, the batch being axis 0. */
type Batched = Map<string, number>;

/** How an operator treats the rows of its first input. */
type Treatment =
  /** Each row by itself, and the rank stays. */
  | "each row"
  /** As all its operands together do. */
  | "elementwise"
  /** By its weights and attributes. */
  | ((node: GraphNode, rank: number, constant: ConstantOf) => number | null)
  /** It may mix rows, or telling whether it does is not worth the while: the graph then counts as not independent. */
  | "not followed";

type ConstantOf = (name: string | undefined) => Tensor | undefined;

/** One decision per operator that can be certified. */
export const ROW_TREATMENT: Readonly<Record<string, Treatment>> = Object.freeze({
  Abs: "each row",
  Add: "elementwise",
  AveragePool: "each row",
  Cast: "each row",
  Ceil: "each row",
  Clip: "each row",
  Concat: "not followed",
  Constant: "not followed",
  Conv: "each row",
  DepthToSpace: "each row",
  Dropout: "each row",
  Expand: "not followed",
  Flatten: (node) => (intAttribute(node, "axis", 1) === 1 ? 2 : null),
  Floor: "each row",
  Gather: "not followed",
  Gemm: gemmRank,
  GlobalAveragePool: "each row",
  GlobalMaxPool: "each row",
  Identity: "each row",
  MatMul: (node, rank, constant) => (rank >= 2 && constant(node.inputs[1])?.dims.length === 2 ? rank : null),
  Max: "elementwise",
  MaxPool: "each row",
  Min: "elementwise",
  Mul: "elementwise",
  Neg: "each row",
  Pad: "not followed",
  Relu: "each row",
  Reshape: reshapedRank,
  Round: "each row",
  Shape: "not followed",
  Slice: "not followed",
  SpaceToDepth: "each row",
  Squeeze: "not followed",
  Sub: "elementwise",
  Sum: "elementwise",
  Transpose: "not followed",
  Unsqueeze: "not followed",
});

/** @returns true where each row of the output depends on the same row of the input alone, whatever the batch */
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

/** The output's rank where the node keeps rows apart; null where it may not. */
function rankAfter(node: GraphNode, batched: Batched, graph: Graph, producers: Producers): number | null {
  const first = batched.get(node.inputs[0] ?? "");
  const restFixed = node.inputs.slice(1).every((name) => !batched.has(name));
  const constant: ConstantOf = (name) => constantOf(name, graph, producers);
  const treatment = ROW_TREATMENT[node.op] ?? "not followed";
  if (treatment === "elementwise") return elementwiseRank(node, batched, constant);
  if (first === undefined || !restFixed || treatment === "not followed") return null;
  return treatment === "each row" ? first : treatment(node, first, constant);
}

/** Rows stay apart where all batched operands have one rank and the others do not vary along axis 0. */
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

function gemmRank(node: GraphNode, _rank: number, constant: ConstantOf): number | null {
  if (intAttribute(node, "transA", 0) !== 0) return null;
  const bias = node.inputs[2] ? constant(node.inputs[2])?.dims : [];
  return bias !== undefined && (bias.length < 2 || bias[0] === 1) ? 2 : null;
}

/** Only a target of 0 ("as before") keeps the batch for certain; -1 could gather rows. */
function reshapedRank(node: GraphNode, _rank: number, constant: ConstantOf): number | null {
  const target = constant(node.inputs[1]);
  if (target?.type !== "int64" || intAttribute(node, "allowzero", 0) !== 0) return null;
  return target.data[0] === 0n ? target.data.length : null;
}
