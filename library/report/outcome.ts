import type { RunReport } from "./run-report.ts";

/** A violated certificate or a wrong result, in this order, which no tolerance hides; otherwise the verdict. */
export function outcomeOf({
  verdict,
  certificateViolations,
  traces,
}: Pick<RunReport, "verdict" | "certificateViolations" | "traces">): RunReport["outcome"] {
  if (certificateViolations.length > 0) return "CERTIFICATE_VIOLATED";
  return traces.some(({ outcome }) => outcome === "WRONG_RESULT") ? "WRONG_RESULT" : verdict;
}
