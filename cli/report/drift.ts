import type { Drift } from "#core/drift.ts";
import type { Verdict } from "#core/compare.ts";
import type { ReportedDrift } from "./run-report.ts";

/** A measured drift as reports show it: metrics over the finite elements, null where there is none. */
export function reportedDrift(drift: Drift): ReportedDrift {
  const ofFinite = (metric: number): number | null => (drift.finite > 0 ? metric : null);
  return {
    verdict: verdictOf(drift),
    differingElements: drift.differing,
    nonFiniteElements: drift.nonFinite,
    maxAbs: ofFinite(drift.maxAbs),
    meanAbs: ofFinite(drift.sumAbs / drift.finite),
    l2: ofFinite(Math.sqrt(drift.sumSquares)),
    maxUlp: ofFinite(drift.maxUlp),
  };
}

/** Where an answer is missing: nothing is claimed. */
export const INCOMPLETE_DRIFT: ReportedDrift = Object.freeze({
  verdict: "INCOMPLETE",
  differingElements: 0,
  nonFiniteElements: 0,
  maxAbs: null,
  meanAbs: null,
  l2: null,
  maxUlp: null,
});

function verdictOf({ differing, beyond }: Drift): Verdict {
  if (differing === 0) return "IDENTICAL";
  return beyond === 0 ? "WITHIN_TOLERANCE" : "DRIFT";
}
