import type { Quantity } from "#core/peers/peer.ts";

/** A softmax in float32, printed to a few digits, sums to 1 this nearly. */
const SUM_TOLERANCE = 1e-3;

/**
 * Says so where numbers do not look like what the peer's protocol takes them for. Only configuration decides what they
 * are: a guess from their sum would make the same peer be compared in two ways.
 */
export function doubtIn(quantity: Quantity, values: readonly number[], advice: string): string | null {
  const sum = values.reduce((total, value) => total + value, 0);
  const looksLikeSoftmax = values.every((value) => value >= 0 && value <= 1) && Math.abs(sum - 1) <= SUM_TOLERANCE;
  if (quantity === "LOGITS" && looksLikeSoftmax) {
    return `These are treated as logits, but they are between 0 and 1 and their sum is 1. If they are probabilities, ${advice}.`;
  }
  if (quantity === "PROBABILITIES" && !looksLikeSoftmax) {
    return `These are treated as probabilities, but they are not between 0 and 1 with a sum of 1. If they are logits, ${advice}.`;
  }
  return null;
}
