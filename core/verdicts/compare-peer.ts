import { type Drift, measureDrift, noDrift, type Tolerance } from "./drift.ts";
import { argmax, softmax } from "../tensors/softmax.ts";
import { type DecimalVector, decimalVector } from "../peers/rounding.ts";
import type { GivenAnswer } from "../peers/peer.ts";
import { type SoftmaxPart, softmaxRounding } from "./softmax-rounding.ts";

/** One answer of a peer against the reference's logits. */
export interface PeerDrift {
  readonly drift: Drift;
  readonly labelsMatch: boolean;
  /** Null for logits. */
  readonly softmax: SoftmaxPart | null;
}

/**
 * Compares like with like: logits with logits, and probabilities with the softmax that the host makes of the
 * reference's logits. Bits are compared as bits (probabilities as the nearest float32), decimals as text: an element
 * differs where the reference does not round to it. A probability that differs by no more than a float32 softmax of the
 * same logits can is counted as differing, but not as beyond the tolerance: it says nothing about the logits.
 * @throws RangeError where the lengths differ, or a numeral is none
 */
export function measurePeer(reference: Float32Array, answer: GivenAnswer, tolerance: Tolerance | null): PeerDrift {
  const labelsMatch = argmax(reference) === classOf(answer);
  const { quantity, values } = answer;
  if (quantity === "LOGITS") {
    const drift =
      values.precision === "BITS"
        ? measureDrift(reference, values.floats, tolerance)
        : measureDecimals(Array.from(reference), decimalVector(values.numerals), tolerance).drift;
    return { drift, labelsMatch, softmax: null };
  }
  const expected = softmax(reference);
  const bounds = softmaxRounding(reference, expected);
  const { drift, explained } =
    values.precision === "BITS"
      ? measureFloats(expected, values.floats, tolerance, bounds)
      : measureDecimals(expected, decimalVector(values.numerals), tolerance, bounds);
  // A NaN among the logits leaves no bound.
  const bound = bounds.reduce((most, each) => (each > most ? each : most), 0);
  return { drift, labelsMatch, softmax: { bound, explained } };
}

/** The class that the peer names; where it names none, its largest value, ties to the lowest index; -1 with any NaN. */
export function classOf({ classIndex, values }: GivenAnswer): number {
  return classIndex ?? argmax(values.precision === "BITS" ? values.floats : Float64Array.from(values.numerals, Number));
}

interface Explained {
  readonly drift: Drift;
  readonly explained: number;
}

/** Probabilities in bits. */
function measureFloats(
  expected: readonly number[],
  floats: Float32Array,
  tolerance: Tolerance | null,
  bounds: readonly number[],
): Explained {
  const nearest = Float32Array.from(expected);
  const drift = measureDrift(nearest, floats, tolerance);
  const isOpen = (_: number, index: number): boolean =>
    !(Math.abs(floats[index]! - expected[index]!) <= bounds[index]!);
  const open = measureDrift(nearest.filter(isOpen), floats.filter(isOpen), tolerance);
  return { drift: { ...drift, beyond: open.beyond }, explained: drift.differing - open.differing };
}

/**
 * Metrics are over the nearest float64 of each numeral, equal elements included: half a unit of the text's last digit
 * is distance, too. Steps between float32 values mean nothing to text, so `tolerance.ulp` does not apply.
 * @param bounds of a float32 softmax: a difference is explained where some value within its bound rounds to the text
 */
function measureDecimals(
  expected: readonly number[],
  text: DecimalVector,
  tolerance: Tolerance | null,
  bounds: readonly number[] = [],
): Explained {
  if (text.values.length !== expected.length) {
    throw new RangeError(`${text.values.length} elements cannot be compared with ${expected.length}.`);
  }
  const abs = tolerance?.abs ?? NaN;
  const rel = tolerance?.rel ?? NaN;
  const drift = noDrift();
  let explained = 0;
  for (const [index, value] of expected.entries()) {
    if (!Number.isFinite(value)) {
      drift.nonFinite++;
      drift.differing++;
      drift.differingNonFinite++;
      drift.beyond++;
      continue;
    }
    drift.finite++;
    const given = text.values[index]!;
    const distance = Math.abs(value - given);
    drift.maxAbs = Math.max(drift.maxAbs, distance);
    drift.sumAbs += distance;
    drift.sumSquares += distance * distance;
    if (text.equals(index, value)) continue;
    drift.differing++;
    const bound = bounds[index] ?? 0;
    if (text.equals(index, Math.min(Math.max(given, value - bound), value + bound))) explained++;
    else if (!(distance <= abs || distance <= rel * Math.abs(value))) drift.beyond++;
  }
  return { drift, explained };
}
