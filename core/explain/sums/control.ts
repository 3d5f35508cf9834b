import { bitsOf } from "../../tensors/bits.ts";
import { CONTROL_SHUFFLES } from "./limits.ts";
import { permutation } from "./shuffle.ts";
import { type BySource, bySource } from "../sources.ts";

/** Both sources' results for the elements of a sample, which candidates must reproduce. */
export type Targets = BySource<Float64Array>;

const float = new Float32Array(1);
const bits = bitsOf(float);

/**
 * Measures what the search finds by chance. Swapping whole outputs would match nothing and prove nothing, because wrong
 * candidates miss an element by only a few ULP. So each element keeps its own correctly rounded value and receives the
 * ULP errors of another element on both sources: the errors are real, but no longer at the elements where the summation
 * order puts them.
 * @param exact of each element, in double
 */
export function shuffledTargets(targets: Targets, exact: Float64Array): readonly Targets[] {
  return Array.from({ length: CONTROL_SHUFFLES }, (_, at) => {
    const from = permutation(exact.length, at + 1);
    return bySource((role) =>
      Float64Array.from(exact, (value, index) => moved(value, targets[role], exact, from[index]!)),
    );
  });
}

function moved(value: number, own: Float64Array, exact: Float64Array, from: number): number {
  const offset = place(own[from]!) - place(Math.fround(exact[from]!));
  const result = standingAt(place(Math.fround(value)) + offset);
  return Number.isNaN(offset) ? NaN : result;
}

/** The rank of a float32 among all float32: neighbours differ by 1. NaN has no rank. */
function place(number: number): number {
  float[0] = number;
  if (Number.isNaN(number)) return NaN;
  return bits[0]! >= 0x8000_0000 ? 0x8000_0000 - bits[0]! : bits[0]!;
}

function standingAt(position: number): number {
  bits[0] = position < 0 ? 0x8000_0000 - position : position;
  return float[0]!;
}
