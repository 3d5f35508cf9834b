import type { BackendId } from "../backends.ts";
import type { Precision, Quantity } from "../peers/peer.ts";
import type { SoftmaxPart } from "./softmax-rounding.ts";

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

/** Of none: INCOMPLETE, since a single source is compared with nothing. */
export function weightiest(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS_BY_WEIGHT.findLast((verdict) => verdicts.includes(verdict)) ?? "INCOMPLETE";
}
