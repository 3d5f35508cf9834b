import type { BackendId, Inference } from "./backend.ts";
import { addDrift, driftsFurther, measureDrift, noDrift, type Drift, type Tolerance } from "./drift.ts";
import type { Outputs } from "./infer.ts";
import type { PeerAnswers } from "./peers/ask.ts";
import { measurePeer } from "./peers/compare-peer.ts";
import type { Precision, Quantity } from "./peers/peer.ts";
import type { PreparedInput } from "./preprocess.ts";
import { coversBackend, isCertifiedInput } from "./certified.ts";
import { argmax } from "./softmax.ts";
import type { Plan } from "./validate.ts";

export type { Tolerance } from "./drift.ts";

export type Verdict = "IDENTICAL" | "WITHIN_TOLERANCE" | "DRIFT" | "INCOMPLETE";

/** Over rows and pairs the later one wins. */
const VERDICTS_BY_WEIGHT: readonly Verdict[] = ["IDENTICAL", "WITHIN_TOLERANCE", "DRIFT", "INCOMPLETE"];

/** What was compared, and how. Null where nothing was. */
interface Compared {
  /** Always LOGITS between backends. */
  readonly quantity: Quantity | null;
  /** DECIMAL: a peer gave text, so nothing is said of bits. Never IDENTICAL then, nor for probabilities. */
  readonly precision: Precision | null;
}

/** What separates two arrays of logits. Metrics are over elements finite on both sides; null where there is none. */
export interface LogitDrift extends Compared {
  readonly verdict: Verdict;
  /** Both have the same largest logit, or a NaN each; null where an answer is missing. */
  readonly labelsMatch: boolean | null;
  readonly differingElements: number;
  /** Elements that are NaN or infinite on at least one side. */
  readonly nonFiniteElements: number;
  readonly maxAbs: number | null;
  readonly meanAbs: number | null;
  readonly l2: number | null;
  /** Null where any element is not finite. */
  readonly maxUlp: number | null;
}

/** One input, the reference against one other source. */
export interface PairDrift extends LogitDrift {
  readonly reference: BackendId;
  /** A backend, or a peer's id. */
  readonly other: string;
  /** The model's certificate speaks of this input on both backends: a differing bit breaks it. It never covers a peer. */
  readonly inCertifiedDomain: boolean;
}

/** The reference against one other source, over all inputs. */
export interface PairTotal extends Compared {
  readonly reference: BackendId;
  readonly other: string;
  readonly verdict: Verdict;
  /** Inputs that both answered. */
  readonly compared: number;
  /** Of those, the ones equal in every bit. */
  readonly identical: number;
  readonly labelMismatches: number;
  readonly differingElements: number;
  readonly nonFiniteElements: number;
  readonly maxAbs: number | null;
  readonly meanAbs: number | null;
  readonly l2: number | null;
  /** Over the finite elements: `nonFiniteElements` says how many were left out. */
  readonly maxUlp: number | null;
  /** The input that drifts furthest; null where no bit differs. */
  readonly worstImage: string | null;
}

export interface Comparison {
  readonly verdict: Verdict;
  /** One a pair, in the order of the plan's sources and then of its peers. */
  readonly totals: PairTotal[];
  /** For each input, one a pair. */
  readonly rows: PairDrift[][];
}

/** Compares every source with the reference, input by input. What is missing makes a verdict INCOMPLETE, never a match. */
export function compare(
  plan: Plan,
  inputs: readonly PreparedInput[],
  outputs: Outputs,
  peers: PeerAnswers = new Map(),
): Comparison {
  const others = plan.sources.filter((source) => source !== plan.reference);
  const pairs = [
    ...others.map((other) => comparePair(plan, other, inputs, outputs)),
    ...plan.peers.map(({ id }) => comparePeer(plan, id, inputs, outputs, peers)),
  ];
  return {
    verdict: weightiest(pairs.map((pair) => pair.total.verdict)),
    totals: pairs.map((pair) => pair.total),
    rows: inputs.map((_, row) => pairs.map((pair) => pair.rows[row]!)),
  };
}

/**
 * One array of logits against the reference's.
 * @throws RangeError where the lengths differ
 */
export function compareLogits(reference: Float32Array, other: Float32Array, tolerance: Tolerance | null): LogitDrift {
  return logitDrift(measureDrift(reference, other, tolerance), argmax(reference) === argmax(other), LOGIT_BITS);
}

interface Pair {
  readonly rows: PairDrift[];
  readonly total: PairTotal;
}

/** What one row adds to its pair: null where an answer is missing. */
interface Measured {
  readonly image: string;
  readonly drift: Drift;
  readonly shown: LogitDrift;
}

function comparePair(plan: Plan, other: BackendId, inputs: readonly PreparedInput[], outputs: Outputs): Pair {
  const { reference, tolerance } = plan;
  const covered = coversBackend(plan.model, reference) && coversBackend(plan.model, other);
  const certified = inputs.map((input) => covered && input.ok && isCertifiedInput(plan.model, input.tensor));
  const measured = inputs.map(({ id }, row): Measured | null => {
    const expected = logitsOf(outputs.get(reference)?.[row]);
    const actual = logitsOf(outputs.get(other)?.[row]);
    if (!expected || !actual) return null;
    // Where bits are proved to be equal, no tolerance lets a difference pass.
    const drift = measureDrift(expected, actual, certified[row] ? null : tolerance);
    return { image: id, drift, shown: logitDrift(drift, argmax(expected) === argmax(actual), LOGIT_BITS) };
  });
  return {
    rows: measured.map((row, index) => ({
      reference,
      other,
      ...(row?.shown ?? MISSING),
      inCertifiedDomain: certified[index] === true,
    })),
    total: totalOf(reference, other, measured),
  };
}

/** A peer against the reference: what it gave decides what is compared. */
function comparePeer(
  { reference, tolerance }: Plan,
  other: string,
  inputs: readonly PreparedInput[],
  outputs: Outputs,
  peers: PeerAnswers,
): Pair {
  const measured = inputs.map(({ id }, row): Measured | null => {
    const expected = logitsOf(outputs.get(reference)?.[row]);
    const answer = peers.get(other)?.[row];
    if (!expected || !answer?.ok) return null;
    const { drift, labelsMatch } = measurePeer(expected, answer, tolerance);
    const compared = { quantity: answer.quantity, precision: answer.values.precision };
    return { image: id, drift, shown: logitDrift(drift, labelsMatch, compared) };
  });
  return {
    rows: measured.map((row) => ({ reference, other, ...(row?.shown ?? MISSING), inCertifiedDomain: false })),
    total: totalOf(reference, other, measured),
  };
}

const LOGIT_BITS = Object.freeze({ quantity: "LOGITS", precision: "BITS" } satisfies Compared);
const NOTHING = Object.freeze({ quantity: null, precision: null } satisfies Compared);

function logitsOf(inference: Inference | undefined): Float32Array | null {
  return inference?.ok ? inference.logits : null;
}

/** A row in which the reference or the other source did not answer: nothing is claimed. */
const MISSING: LogitDrift = Object.freeze({
  ...NOTHING,
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

function totalOf(reference: BackendId, other: string, rows: readonly (Measured | null)[]): PairTotal {
  const sum = noDrift();
  let worst: Measured | null = null;
  const answered = rows.filter((row) => row !== null);
  for (const row of answered) {
    addDrift(sum, row.drift);
    if (row.drift.differing > 0 && (!worst || driftsFurther(row.drift, worst.drift))) worst = row;
  }
  const compared = weakest(answered.map(({ shown }) => shown));
  return {
    ...compared,
    reference,
    other,
    verdict: answered.length < rows.length ? "INCOMPLETE" : verdictOf(sum, compared),
    compared: answered.length,
    identical: answered.filter(({ shown }) => shown.verdict === "IDENTICAL").length,
    labelMismatches: answered.filter((row) => row.shown.labelsMatch === false).length,
    ...metricsOf(sum),
    maxUlp: ulpOf(sum, compared),
    worstImage: worst?.image ?? null,
  };
}

function metricsOf(
  drift: Drift,
): Pick<LogitDrift, "differingElements" | "nonFiniteElements" | "maxAbs" | "meanAbs" | "l2"> {
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

/** Text has no bits to count steps between. */
function ulpOf(drift: Drift, { precision }: Compared): number | null {
  return precision === "BITS" ? finiteOnly(drift, drift.maxUlp) : null;
}

/** A peer may answer some inputs in bits and others as text: what is said of all holds for the least of them. */
function weakest(rows: readonly Compared[]): Compared {
  const { quantity, precision } = rows.find((row) => row.precision === "DECIMAL") ?? rows[0] ?? NOTHING;
  return { quantity, precision };
}

/** IDENTICAL is for logits in bits: equal text may hide differing bits, and equal probabilities differing logits. */
function verdictOf(drift: Drift, { quantity, precision }: Compared): Verdict {
  if (drift.differing === 0) return quantity === "LOGITS" && precision === "BITS" ? "IDENTICAL" : "WITHIN_TOLERANCE";
  return drift.beyond === 0 ? "WITHIN_TOLERANCE" : "DRIFT";
}

/** Of none: INCOMPLETE, since a single source is compared with nothing. */
export function weightiest(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS_BY_WEIGHT.findLast((verdict) => verdicts.includes(verdict)) ?? "INCOMPLETE";
}
