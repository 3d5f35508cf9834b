import { bitsOf } from "../../tensors/bits.ts";
import { CONTROL_SHUFFLES } from "./limits.ts";
import { permutation } from "./shuffle.ts";
import { type BySource, bySource } from "../sources.ts";

/** What candidates are held against: both sources' numbers for the elements of a sample. */
export type Targets = BySource<Float64Array>;

const float = new Float32Array(1);
const bits = bitsOf(float);

/**
 * What the search finds by chance. Outputs that swapped places as they are would match nothing and prove nothing, for
 * candidates miss an element by a few ULP only. So each element keeps its own correctly rounded value, and takes over
 * from another element how many ULP both sources lay beside that: the outputs have the errors that they had, but not
 * where the order of additions puts them.
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

/** Where a float32 stands among all of them: neighbours are 1 apart. NaN has no place. */
function place(number: number): number {
  float[0] = number;
  if (Number.isNaN(number)) return NaN;
  return bits[0]! >= 0x8000_0000 ? 0x8000_0000 - bits[0]! : bits[0]!;
}

function standingAt(position: number): number {
  bits[0] = position < 0 ? 0x8000_0000 - position : position;
  return float[0]!;
}
