import type { Compared, DriftMetrics, LogitDrift, Verdict } from "./verdict.ts";
import { type Drift, measureDrift, type Tolerance } from "./drift.ts";
import { measurePeer } from "./compare-peer.ts";
import type { GivenAnswer } from "../peers/peer.ts";
import { argmax } from "../tensors/softmax.ts";

/** One answer compared with the reference's: the drift to add up, and the drift to show. */
export interface Measured {
  readonly drift: Drift;
  readonly shown: LogitDrift;
}

/**
 * Compares an array of logits with the reference's.
 * @throws RangeError if the lengths differ
 */
export function measureLogits(reference: Float32Array, other: Float32Array, tolerance: Tolerance | null): Measured {
  const drift = measureDrift(reference, other, tolerance);
  return { drift, shown: logitDrift(drift, argmax(reference) === argmax(other), LOGIT_BITS) };
}

/**
 * Compares a peer's answer, which determines what is compared, with the reference's logits.
 * @throws RangeError if the lengths differ
 */
export function measureAnswer(reference: Float32Array, answer: GivenAnswer, tolerance: Tolerance | null): Measured {
  const { drift, labelsMatch, softmax } = measurePeer(reference, answer, tolerance);
  const compared = { quantity: answer.quantity, precision: answer.values.precision };
  return { drift, shown: { ...logitDrift(drift, labelsMatch, compared), ...(softmax && { softmax }) } };
}

export const LOGIT_BITS = Object.freeze({ quantity: "LOGITS", precision: "BITS" } satisfies Compared);
export const NOTHING_COMPARED = Object.freeze({ quantity: null, precision: null } satisfies Compared);

/** For a reference or other source that did not answer. */
export const MISSING_DRIFT: LogitDrift = Object.freeze({
  ...NOTHING_COMPARED,
  verdict: "INCOMPLETE",
  labelsMatch: null,
  differingElements: 0,
  nonFiniteElements: 0,
  maxAbs: null,
  meanAbs: null,
  l2: null,
  maxUlp: null,
});

function logitDrift(drift: Drift, labelsMatch: boolean, compared: Compared): LogitDrift {
  return {
    ...compared,
    verdict: verdictOf(drift, compared),
    labelsMatch,
    ...metricsOf(drift),
    maxUlp: drift.nonFinite > 0 ? null : ulpOf(drift, compared),
  };
}

export function metricsOf(drift: Drift): DriftMetrics {
  return {
    differingElements: drift.differing,
    nonFiniteElements: drift.nonFinite,
    maxAbs: finiteOnly(drift, drift.maxAbs),
    meanAbs: finiteOnly(drift, drift.sumAbs / drift.finite),
    l2: finiteOnly(drift, Math.sqrt(drift.sumSquares)),
  };
}

function finiteOnly(drift: Drift, metric: number): number | null {
  return drift.finite > 0 ? metric : null;
}

/** Text has no ULP distance. */
export function ulpOf(drift: Drift, { precision }: Compared): number | null {
  return precision === "BITS" ? finiteOnly(drift, drift.maxUlp) : null;
}

/** IDENTICAL requires logits in bits: equal text may hide differing bits, and equal probabilities differing logits. */
export function verdictOf(drift: Drift, { quantity, precision }: Compared): Verdict {
  if (drift.differing === 0) return quantity === "LOGITS" && precision === "BITS" ? "IDENTICAL" : "WITHIN_TOLERANCE";
  return drift.beyond === 0 ? "WITHIN_TOLERANCE" : "DRIFT";
}

/** The part of `measureLogits` to show. @throws RangeError if the lengths differ */
export function compareLogits(reference: Float32Array, other: Float32Array, tolerance: Tolerance | null): LogitDrift {
  return measureLogits(reference, other, tolerance).shown;
}
