import type { Verdict } from "#core/verdicts/verdict.ts";
import type { RunReport } from "./run-report.ts";

/** Over pairs and rows the later one wins. */
const VERDICTS_BY_WEIGHT: readonly Verdict[] = ["IDENTICAL", "WITHIN_TOLERANCE", "DRIFT", "INCOMPLETE"];

/** Of none: INCOMPLETE, since a single source is compared with nothing. */
export function weightiestVerdict(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS_BY_WEIGHT.findLast((verdict) => verdicts.includes(verdict)) ?? "INCOMPLETE";
}

/** The verdict, unless there is what no tolerance hides: a broken certificate first, then a wrong result. */
export function outcomeOf({
  verdict,
  certificateViolations,
  traces,
}: Pick<RunReport, "verdict" | "certificateViolations" | "traces">): RunReport["outcome"] {
  if (certificateViolations.length > 0) return "CERTIFICATE_VIOLATED";
  return traces.some(({ outcome }) => outcome === "WRONG_RESULT") ? "WRONG_RESULT" : verdict;
}
