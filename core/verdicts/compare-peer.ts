import { type Drift, measureDrift, noDrift, type Tolerance } from "./drift.ts";
import { argmax, softmax } from "../tensors/softmax.ts";
import { type DecimalVector, decimalVector } from "../peers/rounding.ts";
import type { GivenAnswer } from "../peers/peer.ts";
import { type SoftmaxPart, softmaxRounding } from "./softmax-rounding.ts";

/** One answer of a peer, compared with the reference's logits. */
export interface PeerDrift {
  readonly drift: Drift;
  readonly labelsMatch: boolean;
  /** Null for logits. */
  readonly softmax: SoftmaxPart | null;
}

/**
 * Compares logits with logits, and probabilities with the softmax that the host computes from the reference's logits.
 * Bits are compared as bits (probabilities as the nearest float32) and decimals as text: an element differs if the
 * reference does not round to it. A probability whose difference a float32 softmax of the same logits can explain
 * counts as differing, but not as beyond the tolerance, because it says nothing about the logits.
 * @throws RangeError if the lengths differ, or for text that is not a number
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
  // NaN logits have no bound.
  const bound = bounds.reduce((most, each) => (each > most ? each : most), 0);
  return { drift, labelsMatch, softmax: { bound, explained } };
}

/** The class that the peer names, or that of its largest value, ties to the lowest index; -1 for NaN. */
export function classOf({ classIndex, values }: GivenAnswer): number {
  return classIndex ?? argmax(values.precision === "BITS" ? values.floats : Float64Array.from(values.numerals, Number));
}

interface Explained {
  readonly drift: Drift;
  readonly explained: number;
}

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
 * Metrics use the nearest float64 of each numeral, including equal elements: half a unit of the text's last digit
 * counts as distance. `tolerance.ulp` does not apply, because text has no float32 steps.
 * @param bounds of a float32 softmax: a difference is explained if some value within its bound rounds to the text
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
