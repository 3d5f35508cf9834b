import { constantOf, producersOf, type Producers } from "#core/onnx/lookup.ts";
import type { Graph, GraphNode, OnnxModel, Tensor } from "#core/onnx/graph.ts";

/*
 * Exact arithmetic alone does not keep the rows of a batch apart: a graph may transpose, slice or reshape across them.
 * Only graphs made of nodes that treat each row by itself are called independent; whatever is not known is not.
 */

/** What the batch's rows run through, by the value's name: its rank, the batch being axis 0. */
type Batched = Map<string, number>;

const ROW_BY_ROW = new Set([
  "AveragePool",
  "Clip",
  "DepthToSpace",
  "Dropout",
  "Floor",
  "GlobalAveragePool",
  "GlobalMaxPool",
  "Identity",
  "MaxPool",
  "Relu",
  "SpaceToDepth",
]);
const ELEMENTWISE = new Set(["Add", "Max", "Min", "Mul", "Sub"]);

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
  const constant = (name: string | undefined): Tensor | undefined => constantOf(name, graph, producers);
  if (ELEMENTWISE.has(node.op)) return elementwiseRank(node, batched, constant);
  if (first === undefined || !restFixed) return null;
  if (ROW_BY_ROW.has(node.op)) return first;
  switch (node.op) {
    case "Conv":
      return first;
    case "MatMul":
      return first >= 2 && constant(node.inputs[1])?.dims.length === 2 ? first : null;
    case "Gemm":
      return gemmRank(node, constant);
    case "Flatten":
      return intAttribute(node, "axis", 1n) === 1n ? 2 : null;
    case "Reshape":
      return reshapedRank(node, constant);
    default:
      return null;
  }
}

/** Rows stay apart where all batched operands have one rank and the others do not vary along axis 0. */
function elementwiseRank(
  node: GraphNode,
  batched: Batched,
  constant: (name: string) => Tensor | undefined,
): number | null {
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

function gemmRank(node: GraphNode, constant: (name: string | undefined) => Tensor | undefined): number | null {
  if (intAttribute(node, "transA", 0n) !== 0n) return null;
  const bias = node.inputs[2] ? constant(node.inputs[2])?.dims : [];
  return bias !== undefined && (bias.length < 2 || bias[0] === 1) ? 2 : null;
}

/** Only a target of 0 ("as before") keeps the batch for certain; -1 could gather rows. */
function reshapedRank(node: GraphNode, constant: (name: string | undefined) => Tensor | undefined): number | null {
  const target = constant(node.inputs[1]);
  if (target?.type !== "int64" || intAttribute(node, "allowzero", 0n) !== 0n) return null;
  return target.data[0] === 0n ? target.data.length : null;
}

function intAttribute(node: GraphNode, name: string, otherwise: bigint): bigint | null {
  const attribute = node.attributes.get(name);
  if (attribute === undefined) return otherwise;
  return attribute.kind === "int" ? attribute.value : null;
}
