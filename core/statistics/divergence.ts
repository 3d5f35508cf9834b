import { softmax } from "../tensors/softmax.ts";
import { Sum } from "./sum.ts";

/**
 * The Kullback-Leibler divergence sum p ln(p / q) in nats of two softmaxes, p of the reference's logits and q of the
 * other's. It is summed as q - p - p ln(q / p) per class: these terms are never negative and, since p and q each add up
 * to 1, have the same sum, while p ln(p / q) of nearly equal probabilities would cancel to noise.
 * @returns null for NaN or infinite logits, or if the result is beyond a double's range
 */
export function klDivergence(reference: Float64Array, other: Float64Array): number | null {
  if (!reference.every(Number.isFinite) || !other.every(Number.isFinite)) return null;
  // A shortcut for the usual case of equal logits, because softmax is slow.
  if (reference.every((logit, index) => logit === other[index])) return 0;
  const p = softmax(reference);
  const q = softmax(other);
  const ratios = logRatios(reference, other, p);
  const divergence = new Sum();
  for (const [index, ratio] of ratios.entries()) {
    const share = p[index]!;
    divergence.add(Math.abs(ratio) > NEARLY_EQUAL ? q[index]! - share - share * ratio : share * expBeyondLinear(ratio));
  }
  return Number.isFinite(divergence.value) ? divergence.value : null;
}

/** Below this, e^d - 1 - d comes from its series, because the subtraction would cancel. */
const NEARLY_EQUAL = 0.125;

/** ln(q / p) per class: (y - x) - ln(sum p e^(y - x)) for logits x and y, which keeps small changes exact. */
function logRatios(reference: Float64Array, other: Float64Array, p: readonly number[]): Float64Array {
  const changes = other.map((logit, index) => logit - reference[index]!);
  // Subtracting the largest change prevents overflow and does not affect the result.
  const largest = changes.reduce((most, change) => Math.max(most, change), -Infinity);
  const growth = new Sum();
  for (const [index, change] of changes.entries()) growth.addProduct(p[index]!, Math.expm1(change - largest));
  const shift = growth.value > -0.5 ? Math.log1p(growth.value) : logSumExp(other) - logSumExp(reference) - largest;
  return changes.map((change) => change - largest - shift);
}

function logSumExp(logits: Float64Array): number {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  return largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
}

/** e^d - 1 - d = d^2/2 (1 + d/3 (1 + d/4 (1 + …))), for |d| <= 1/8. */
function expBeyondLinear(d: number): number {
  let rest = 0;
  for (let n = 14; n >= 3; n--) rest = (1 + rest) * (d / n);
  return ((1 + rest) * d * d) / 2;
}
