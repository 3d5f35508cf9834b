import { intAttribute } from "./node-attributes.ts";
import type { Graph, GraphNode, Tensor } from "./graph.ts";
import { constantOf, producersOf, type Producers } from "./lookup.ts";

/** What is between a node and the output, which decides what the node's weights still show. */
interface Passed {
  /** A Flatten or the like: there may be fewer columns before it than after it. */
  readonly flattened: boolean;
  /** A pooling over all pixels: before it, channels are classes. */
  readonly pooled: boolean;
}

const ELEMENTWISE: ReadonlySet<string> = new Set(["Add", "Sub", "Mul", "Div"]);
const POOLING: ReadonlySet<string> = new Set(["GlobalAveragePool", "GlobalMaxPool"]);
const RESHAPING: ReadonlySet<string> = new Set(["Flatten", "Reshape", "Squeeze", "Unsqueeze"]);
const SAME_SHAPE: ReadonlySet<string> = new Set([
  "BatchNormalization",
  "Cast",
  "Clip",
  "Dropout",
  "Identity",
  "LeakyRelu",
  "LogSoftmax",
  "Relu",
  "Sigmoid",
  "Softmax",
]);

/** The number of classes that the last layer's weights show, walking back from the output; null if they do not. */
export function inferClasses(graph: Graph, output: string): number | null {
  const producers = producersOf(graph);
  const seen = new Set<string>();
  let passed: Passed = { flattened: false, pooled: false };
  let name = output;
  while (!seen.has(name)) {
    seen.add(name);
    const node = producers.get(name);
    if (node === undefined || node.domain !== "") return null;
    const classes = classesOf(node, graph, producers, passed);
    if (classes !== null) return classes;
    const next = upstream(node, graph, producers);
    if (next === null) return null;
    passed = { flattened: passed.flattened || RESHAPING.has(node.op), pooled: passed.pooled || POOLING.has(node.op) };
    name = next;
  }
  return null;
}

/** What this node's own weights show; null if nothing reliable. */
function classesOf(node: GraphNode, graph: Graph, producers: Producers, { flattened, pooled }: Passed): number | null {
  const weight = (index: number): Tensor | undefined => constantOf(node.inputs[index], graph, producers);
  if (node.op === "Gemm") return weight(1)?.dims[intAttribute(node, "transB", 0) === 0 ? 1 : 0] ?? null;
  if (node.op === "Conv") return pooled ? (weight(1)?.dims[0] ?? null) : null;
  if (flattened) return null;
  if (node.op === "MatMul") return weight(1)?.dims.at(-1) ?? null;
  if (node.op === "Reshape") return rowOf(weight(1));
  if (!ELEMENTWISE.has(node.op)) return null;
  const columns = Math.max(weight(0)?.dims.at(-1) ?? 1, weight(1)?.dims.at(-1) ?? 1);
  return columns > 1 ? columns : null;
}

/** The only size above 1 after the batch in a Reshape's target. */
function rowOf(target: Tensor | undefined): number | null {
  if (target?.type !== "int64") return null;
  const wide = [...target.data].slice(1).filter((size) => size !== 1n);
  return wide.length === 1 && (wide[0] ?? 0n) > 1n ? Number(wide[0]) : null;
}

/** The value that determines the node's classes. */
function upstream(node: GraphNode, graph: Graph, producers: Producers): string | null {
  if (SAME_SHAPE.has(node.op) || POOLING.has(node.op) || RESHAPING.has(node.op)) return node.inputs[0] ?? null;
  if (!ELEMENTWISE.has(node.op)) return null;
  return node.inputs.find((name) => constantOf(name, graph, producers) === undefined) ?? null;
}
