import type { OnnxModel } from "../onnx/graph.ts";

/** Operators that only rename a value: leaving one in place changes no bit. */
const RENAMES = new Set(["Identity"]);

/** The nodes of an optimised model, each by its operator and outputs, as `PartEvaluator.fusedNodes` returns them. */
export function fusedNodesOf({ graph }: OnnxModel): readonly string[] {
  return graph.nodes
    .filter(({ op, domain }) => domain !== "" || !RENAMES.has(op))
    .map(({ domain, op, outputs }) => `${domain === "" ? "" : `${domain}.`}${op} -> ${outputs.join(", ")}`);
}
