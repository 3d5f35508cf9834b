import type { Drift } from "#core/verdicts/drift.ts";
import { LOGIT_BITS, metricsOf, ulpOf, verdictOf } from "#core/verdicts/logit-drift.ts";
import type { ReportedDrift } from "./run-report.ts";

/** A measured drift as reports show it: metrics over the finite elements, null where there is none. */
export function reportedDrift(drift: Drift): ReportedDrift {
  return { verdict: verdictOf(drift, LOGIT_BITS), ...metricsOf(drift), maxUlp: ulpOf(drift, LOGIT_BITS) };
}

/** For a missing answer: the comparison is inconclusive. */
export const INCOMPLETE_DRIFT: ReportedDrift = Object.freeze({
  verdict: "INCOMPLETE",
  differingElements: 0,
  nonFiniteElements: 0,
  maxAbs: null,
  meanAbs: null,
  l2: null,
  maxUlp: null,
});
