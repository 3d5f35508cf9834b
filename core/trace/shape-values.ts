import type { Graph } from "../onnx/graph.ts";
import { valuesRead } from "../onnx/values-read.ts";

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
