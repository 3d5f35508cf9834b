import type { Trial } from "./trial.ts";

/** How many of some things there are of each kind, as lines of a report, the kinds in order. */
export function census(kinds: Iterable<string>): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([kind, count]) => `${kind} ${count}`)
    .join(", ");
}

/** Operators by the number of graphs that hold them, opsets, ranks of the input and batches. */
export function censusOfGraphs(trials: readonly Trial[]): string {
  const operators = trials.flatMap(({ model }) => [...new Set(model.graph.nodes.map(({ op }) => op))]);
  return [
    `graphs with the operator: ${census(operators)}`,
    `opset: ${census(trials.map(({ model }) => String(model.opsets.get(""))))}`,
    `rank of the input: ${census(trials.map(({ input }) => String(input.dims.length)))}`,
    `batch: ${census(trials.map(({ input }) => String(input.dims[0])))}`,
  ].join("\n");
}
