import type { BackendId } from "../backends.ts";
import type { Precision, Quantity } from "../peers/peer.ts";
import type { SoftmaxPart } from "./softmax-rounding.ts";

export type Verdict = "IDENTICAL" | "WITHIN_TOLERANCE" | "DRIFT" | "INCOMPLETE";

/** In increasing weight: the last one present wins. */
const VERDICTS_BY_WEIGHT: readonly Verdict[] = ["IDENTICAL", "WITHIN_TOLERANCE", "DRIFT", "INCOMPLETE"];

/** What was compared, and how; null if nothing was. */
export interface Compared {
  /** Always LOGITS between backends. */
  readonly quantity: Quantity | null;
  /** DECIMAL: a peer returned text, so its bits are unknown. Text and probabilities are never IDENTICAL. */
  readonly precision: Precision | null;
  /** For probabilities only: the part that the peer's own softmax can explain. */
  readonly softmax?: SoftmaxPart;
}

/** Metrics are over elements finite on both sides; null if there are none. */
export interface DriftMetrics {
  /** Elements whose bits differ; -0 and +0 differ, and so do NaN payloads. */
  readonly differingElements: number;
  /** Elements that are NaN or infinite on at least one side; if their bits differ, no tolerance accepts them. */
  readonly nonFiniteElements: number;
  readonly maxAbs: number | null;
  readonly meanAbs: number | null;
  /** Euclidean norm of the difference. */
  readonly l2: number | null;
}

/** The difference between two arrays of logits. */
export interface LogitDrift extends Compared, DriftMetrics {
  readonly verdict: Verdict;
  /** Both have the same largest logit, or both have a NaN; null if an answer is missing. */
  readonly labelsMatch: boolean | null;
  /** Null if any element is not finite. */
  readonly maxUlp: number | null;
}

/** One input: the reference compared with one other source. */
export interface PairDrift extends LogitDrift {
  readonly reference: BackendId;
  /** A backend or a peer's id. */
  readonly other: string;
  /** The model's certificate covers this input on both backends: a differing bit violates it. Never for a peer. */
  readonly inCertifiedDomain: boolean;
}

/** The reference compared with one other source, over all inputs. */
export interface PairTotal extends Compared, DriftMetrics {
  readonly reference: BackendId;
  readonly other: string;
  readonly verdict: Verdict;
  /** Inputs that both sources answered. */
  readonly compared: number;
  /** Those that are equal in every bit. */
  readonly identical: number;
  readonly labelMismatches: number;
  /** Over the finite elements; `nonFiniteElements` counts the others. */
  readonly maxUlp: number | null;
  /** The input that drifts furthest; null if no bit differs. */
  readonly worstImage: string | null;
}

/** INCOMPLETE for an empty list, since a single source is compared with nothing. */
export function weightiest(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS_BY_WEIGHT.findLast((verdict) => verdicts.includes(verdict)) ?? "INCOMPLETE";
}
