import type { OnnxModel } from "../onnx/graph.ts";

/** What only renames a value: whether the optimiser leaves one in place moves no bit. */
const RENAMES = new Set(["Identity"]);

/** The nodes of an optimised model, each by its operator and what it gives, as `PartEvaluator.fusedNodes` answers. */
export function fusedNodesOf({ graph }: OnnxModel): readonly string[] {
  return graph.nodes
    .filter(({ op, domain }) => domain !== "" || !RENAMES.has(op))
    .map(({ domain, op, outputs }) => `${domain === "" ? "" : `${domain}.`}${op} -> ${outputs.join(", ")}`);
}
