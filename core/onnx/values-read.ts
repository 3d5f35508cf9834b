import type { Graph, GraphNode } from "./graph.ts";
import { bodiesOf } from "./lookup.ts";

/** The values that a node reads: its inputs and what its bodies (If, Loop, Scan) capture from outside, each once. */
export function valuesRead(node: GraphNode): readonly string[] {
  const own = node.inputs.filter((name) => name !== "");
  return [...new Set([...own, ...bodiesOf(node).flatMap((body) => [...captured(body)])])];
}

/** Names that a body reads but does not define. */
function captured(body: Graph): Set<string> {
  const made = new Set([
    ...body.inputs.map(({ name }) => name),
    ...body.weightInputs.map(({ name }) => name),
    ...body.initializers.keys(),
    ...body.nodes.flatMap(({ outputs }) => outputs),
    "",
  ]);
  const read = [
    ...body.outputs.map(({ name }) => name),
    ...body.nodes.flatMap((node) => [...node.inputs, ...bodiesOf(node).flatMap((inner) => [...captured(inner)])]),
  ];
  return new Set(read.filter((name) => !made.has(name)));
}
