import { type Drift, measureDrift, noDrift, type Tolerance } from "../drift.ts";
import { argmax, softmax } from "../softmax.ts";
import { type DecimalVector, decimalVector } from "./rounding.ts";
import type { PeerAnswer } from "./peer.ts";

/** One answer of a peer against the reference's logits. */
export interface PeerDrift {
  readonly drift: Drift;
  readonly labelsMatch: boolean;
}

/**
 * Compares like with like: logits with logits, and probabilities with the softmax that the host makes of the
 * reference's logits. Bits are compared as bits (probabilities as the nearest float32), decimals as text: an element
 * differs where the reference does not round to it.
 * @throws RangeError where the lengths differ, or a numeral is none
 */
export function measurePeer(
  reference: Float32Array,
  answer: Extract<PeerAnswer, { ok: true }>,
  tolerance: Tolerance | null,
): PeerDrift {
  const { quantity, values } = answer;
  const expected = quantity === "LOGITS" ? Array.from(reference) : softmax(reference);
  const label = argmax(reference);
  if (values.precision === "BITS") {
    const drift = measureDrift(Float32Array.from(expected), values.floats, tolerance);
    return { drift, labelsMatch: label === classOf(answer) };
  }
  const drift = measureDecimals(expected, decimalVector(values.numerals), tolerance);
  return { drift, labelsMatch: label === classOf(answer) };
}

/** The class that the peer names, else its largest value, ties to the lowest index; -1 with any NaN. */
export function classOf({ classIndex, values }: Extract<PeerAnswer, { ok: true }>): number {
  return classIndex ?? argmax(values.precision === "BITS" ? values.floats : Float64Array.from(values.numerals, Number));
}

/**
 * Metrics are over the nearest float64 of each numeral, equal elements included: half a unit of the text's last digit
 * is distance, too. Steps between float32 values mean nothing to text, so `tolerance.ulp` does not apply.
 */
function measureDecimals(expected: readonly number[], text: DecimalVector, tolerance: Tolerance | null): Drift {
  if (text.values.length !== expected.length) {
    throw new RangeError(`${text.values.length} elements cannot be compared with ${expected.length}.`);
  }
  const abs = tolerance?.abs ?? NaN;
  const rel = tolerance?.rel ?? NaN;
  const drift = noDrift();
  for (const [index, value] of expected.entries()) {
    if (!Number.isFinite(value)) {
      drift.nonFinite++;
      drift.differing++;
      drift.differingNonFinite++;
      drift.beyond++;
      continue;
    }
    drift.finite++;
    const distance = Math.abs(value - text.values[index]!);
    drift.maxAbs = Math.max(drift.maxAbs, distance);
    drift.sumAbs += distance;
    drift.sumSquares += distance * distance;
    if (text.equals(index, value)) continue;
    drift.differing++;
    if (!(distance <= abs || distance <= rel * Math.abs(value))) drift.beyond++;
  }
  return drift;
}
