import type { Graph, GraphNode } from "./graph.ts";
import { bodiesOf } from "./lookup.ts";
import { valuesRead } from "./values-read.ts";

/** Inputs that hold shapes, axes, indices or conditions, by operator. */
const INDEX_INPUTS: Readonly<Record<string, readonly number[]>> = {
  CenterCropPad: [1],
  ConstantOfShape: [0],
  Expand: [1],
  Gather: [1],
  GatherElements: [1],
  GatherND: [1],
  If: [0],
  Loop: [0, 1],
  OneHot: [0, 1],
  Pad: [1, 3],
  Range: [0, 1, 2],
  Reshape: [1],
  Resize: [2, 3],
  ScatterElements: [1],
  ScatterND: [1],
  Slice: [1, 2, 3, 4],
  Split: [1],
  Squeeze: [1],
  Tile: [1],
  TopK: [1],
  Trilu: [1],
  Unsqueeze: [1],
  Upsample: [1],
};

const READS_SHAPE: ReadonlySet<string> = new Set(["Shape", "Size"]);

/**
 * Names of values that are computed from shapes and constants alone. ONNX Runtime computes them on the CPU by design, so a
 * session that must run on a GPU alone refuses to expose them.
 */
export function shapeValues({ nodes, initializers }: Graph): ReadonlySet<string> {
  const shapes = new Set<string>();
  const constants = new Set(initializers.keys());
  for (const node of nodes) {
    const read = valuesRead(node);
    const isShape =
      READS_SHAPE.has(node.op) ||
      (read.some((name) => shapes.has(name)) && read.every((name) => shapes.has(name) || constants.has(name)));
    const into = isShape ? shapes : read.every((name) => constants.has(name)) ? constants : null;
    if (into === null) continue;
    for (const name of node.outputs) if (name !== "") into.add(name);
  }
  return shapes;
}

/** Operators that make indices of indices. */
const INDEX_ARITHMETIC = named(
  "Add And Concat CumSum Div Expand Flatten Gather Identity Max Min Mod Mul Not",
  "Or Range Reshape Slice Split Squeeze Sub Tile Transpose Unsqueeze Where",
);

/** Operators that make indices of numbers. */
const MAKES_INDICES = named("Cast Equal Greater GreaterOrEqual Less LessOrEqual NonZero");

function named(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap((list) => list.split(" ")));
}

/**
 * The nodes that compute nothing but shapes and indices: from shapes and constants alone, or by integer arithmetic whose
 * results are only read as shapes, axes, indices or conditions. What they compute never enters the arithmetic of others.
 */
export function indexNodes(graph: Graph): ReadonlySet<GraphNode> {
  const shapes = shapeValues(graph);
  const found = new Set(graph.nodes.filter(({ outputs }) => outputs.every((name) => name === "" || shapes.has(name))));
  /** Values that are read otherwise. */
  const asNumbers = new Set(graph.outputs.map(({ name }) => name));
  for (const node of graph.nodes.toReversed()) {
    const isIndex = node.outputs.every((name) => !asNumbers.has(name));
    const isArithmetic = INDEX_ARITHMETIC.has(node.op);
    if (isIndex && (isArithmetic || MAKES_INDICES.has(node.op))) found.add(node);
    if (isIndex && isArithmetic) continue;
    const indices = INDEX_INPUTS[node.op] ?? [];
    // A body may use what it captures in any way.
    const captured = bodiesOf(node).length > 0 ? valuesRead(node).filter((name) => !node.inputs.includes(name)) : [];
    for (const name of [...node.inputs.filter((_, place) => !indices.includes(place)), ...captured])
      asNumbers.add(name);
  }
  return found;
}
