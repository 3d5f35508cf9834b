const NODES_LEFT = /Number of nodes: (\d+)/;
const STEP = /GraphTransformer (\S+) modified: 1|Matched (\S+)$/;

/**
 * What the optimiser did, from ONNX Runtime's log: the steps that changed the graph, the patterns they found and how
 * many nodes are left. Not the nodes themselves, but two models with other nodes left differ in it.
 * @returns null where the log does not say how many nodes are left, as another version's may not
 */
export function fusedNodesOfLog(lines: readonly string[]): readonly string[] | null {
  const left = lines.flatMap((line) => NODES_LEFT.exec(line)?.[1] ?? []);
  if (left.length === 0) return null;
  const steps = lines.flatMap((line) => {
    const [, transformer, pattern] = STEP.exec(line.trim()) ?? [];
    return transformer ?? pattern ?? [];
  });
  return [...steps, `${left.join(" and ")} nodes`];
}
