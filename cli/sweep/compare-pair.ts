import { floatsOf } from "#core/bits.ts";
import { type Drift, measureDrift, type Tolerance } from "#core/drift.ts";
import { measurePeer } from "#core/peers/compare-peer.ts";
import type { PeerAnswer, Precision, Quantity } from "#core/peers/peer.ts";
import { INCOMPLETE_DRIFT, reportedDrift } from "../report/drift.ts";
import type { SweptLogits, SweptOutput, SweptPair, SweptPeer } from "./swept-row.ts";
import { isError, isPeer } from "./swept-row.ts";

export interface ComparedPair {
  readonly shown: Omit<SweptPair, "reference" | "other" | "inCertifiedDomain">;
  /** Null where an answer is missing. */
  readonly measured: {
    readonly drift: Drift;
    readonly quantity: Quantity;
    readonly precision: Precision;
    /** Both sides' logits, where both gave their bits. */
    readonly logits: { readonly reference: Float32Array; readonly other: Float32Array } | null;
  } | null;
}

/**
 * One picture's pair from the bits that both sources gave, by the functions of core that compare them on a side, too.
 * @param tolerance null: bits must be equal
 */
export function comparePair(
  outputs: Readonly<Record<string, SweptOutput>>,
  names: { readonly reference: string; readonly other: string },
  tolerance: Tolerance | null,
): ComparedPair {
  const expected = outputs[names.reference];
  const actual = outputs[names.other];
  if (!expected || !actual || isError(expected) || isError(actual) || isPeer(expected)) return MISSING;
  const reference = floatsOf(Buffer.from(expected.bits, "base64"));
  return isPeer(actual)
    ? comparePeer(reference, actual, tolerance)
    : compareLogits(reference, expected, actual, tolerance);
}

const MISSING: ComparedPair = Object.freeze({ shown: { ...INCOMPLETE_DRIFT, labelsMatch: null }, measured: null });

function compareLogits(
  reference: Float32Array,
  expected: SweptLogits,
  actual: SweptLogits,
  tolerance: Tolerance | null,
): ComparedPair {
  const other = floatsOf(Buffer.from(actual.bits, "base64"));
  const drift = measureDrift(reference, other, tolerance);
  return {
    shown: { ...withUlp(drift), labelsMatch: expected.classIndex === actual.classIndex },
    measured: { drift, quantity: "LOGITS", precision: "BITS", logits: { reference, other } },
  };
}

function comparePeer(reference: Float32Array, peer: SweptPeer, tolerance: Tolerance | null): ComparedPair {
  const { quantity, precision } = peer;
  const floats = peer.bits === null ? null : floatsOf(Buffer.from(peer.bits, "base64"));
  const { drift, labelsMatch } = measurePeer(reference, answerOf(peer, floats), tolerance);
  const shown = withUlp(drift);
  // Equal text may hide differing bits, and equal probabilities differing logits.
  const inBits = quantity === "LOGITS" && precision === "BITS";
  const verdict = shown.verdict === "IDENTICAL" && !inBits ? "WITHIN_TOLERANCE" : shown.verdict;
  return {
    shown: { ...shown, verdict, labelsMatch, maxUlp: precision === "BITS" ? shown.maxUlp : null },
    measured: { drift, quantity, precision, logits: inBits && floats ? { reference, other: floats } : null },
  };
}

function answerOf(peer: SweptPeer, floats: Float32Array | null): Extract<PeerAnswer, { ok: true }> {
  const { quantity, classIndex, decimals, note } = peer;
  const values =
    floats === null
      ? ({ precision: "DECIMAL", numerals: decimals ?? [] } as const)
      : ({ precision: "BITS", floats } as const);
  return { ok: true, quantity, values, classIndex, latencyMs: null, roundTripMs: 0, note };
}

/** Steps say nothing of a picture with an element that is not finite. */
function withUlp(drift: Drift): ReturnType<typeof reportedDrift> {
  const shown = reportedDrift(drift);
  return drift.nonFinite > 0 ? { ...shown, maxUlp: null } : shown;
}
