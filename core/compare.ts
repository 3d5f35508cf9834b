import type { BackendId, Inference } from "./backends/backend.ts";
import type { Tolerance } from "./verdicts/drift.ts";
import type { Outputs } from "./infer.ts";
import { type Measured, measureAnswer, measureLogits, MISSING_DRIFT } from "./verdicts/logit-drift.ts";
import { RunningPair } from "./verdicts/pair-total.ts";
import type { PeerAnswers } from "./peers/ask.ts";
import type { Precision, Quantity } from "./peers/peer.ts";
import type { SoftmaxPart } from "./peers/softmax-rounding.ts";
import type { PreparedInput } from "./preprocess.ts";
import { coversBackend, isCertifiedInput } from "./model/certified.ts";
import type { Plan } from "./validate.ts";

export type { Tolerance } from "./verdicts/drift.ts";

export type Verdict = "IDENTICAL" | "WITHIN_TOLERANCE" | "DRIFT" | "INCOMPLETE";

/** Over rows and pairs the later one wins. */
const VERDICTS_BY_WEIGHT: readonly Verdict[] = ["IDENTICAL", "WITHIN_TOLERANCE", "DRIFT", "INCOMPLETE"];

/** What was compared, and how. Null where nothing was. */
export interface Compared {
  /** Always LOGITS between backends. */
  readonly quantity: Quantity | null;
  /** DECIMAL: a peer gave text, so nothing is said of bits. Never IDENTICAL then, nor for probabilities. */
  readonly precision: Precision | null;
  /** For probabilities alone: what the peer's own softmax can account for. */
  readonly softmax?: SoftmaxPart;
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
  return measureLogits(reference, other, tolerance).shown;
}

interface Pair {
  readonly rows: PairDrift[];
  readonly total: PairTotal;
}

function comparePair(plan: Plan, other: BackendId, inputs: readonly PreparedInput[], outputs: Outputs): Pair {
  const { reference, tolerance } = plan;
  const covered = coversBackend(plan.model, reference) && coversBackend(plan.model, other);
  const certified = inputs.map((input) => covered && input.ok && isCertifiedInput(plan.model, input.tensor));
  const measured = inputs.map((_input, row): Measured | null => {
    const expected = logitsOf(outputs.get(reference)?.[row]);
    const actual = logitsOf(outputs.get(other)?.[row]);
    if (!expected || !actual) return null;
    // Where bits are proved to be equal, no tolerance lets a difference pass.
    return measureLogits(expected, actual, certified[row] ? null : tolerance);
  });
  return {
    rows: measured.map((row, index) => ({
      reference,
      other,
      ...(row?.shown ?? MISSING_DRIFT),
      inCertifiedDomain: certified[index] === true,
    })),
    total: totalOf(new RunningPair(reference, other), inputs, measured),
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
  const measured = inputs.map((_input, row): Measured | null => {
    const expected = logitsOf(outputs.get(reference)?.[row]);
    const answer = peers.get(other)?.[row];
    return expected && answer?.ok ? measureAnswer(expected, answer, tolerance) : null;
  });
  return {
    rows: measured.map((row) => ({ reference, other, ...(row?.shown ?? MISSING_DRIFT), inCertifiedDomain: false })),
    total: totalOf(new RunningPair(reference, other), inputs, measured),
  };
}

function logitsOf(inference: Inference | undefined): Float32Array | null {
  return inference?.ok ? inference.logits : null;
}

function totalOf(
  pair: RunningPair,
  inputs: readonly PreparedInput[],
  measured: readonly (Measured | null)[],
): PairTotal {
  measured.forEach((row, place) => pair.add(inputs[place]!.id, place, row));
  return pair.total();
}

/** Of none: INCOMPLETE, since a single source is compared with nothing. */
export function weightiest(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS_BY_WEIGHT.findLast((verdict) => verdicts.includes(verdict)) ?? "INCOMPLETE";
}
