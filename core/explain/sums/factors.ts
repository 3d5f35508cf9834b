import { FLOAT_FORMATS, roundTo } from "../../tensors/float-format.ts";

/** How factors may be rounded before they are multiplied. */
export type FactorRounding =
  | "none"
  /** TF32: 11 significant bits and float32's exponents; to nearest, ties to even or away from 0, or truncated. */
  | "tf32, ties to even"
  | "tf32, ties away from 0"
  | "tf32, truncated"
  /** Factors and result are float16, intermediate sums float32. */
  | "float16";

export const TF32_ROUNDINGS: readonly FactorRounding[] = [
  "tf32, ties away from 0",
  "tf32, ties to even",
  "tf32, truncated",
];

/** float32 has 13 more significant bits than TF32. */
const DROPPED_BITS = 13;
const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** Rounds the first `count` numbers in place. */
export function roundFactors(numbers: Float64Array, count: number, rounding: FactorRounding): void {
  if (rounding === "none") return;
  for (let at = 0; at < count; at++) numbers[at] = rounded(numbers[at]!, rounding);
}

export function isTf32(rounding: FactorRounding): boolean {
  return rounding.startsWith("tf32");
}

function rounded(number: number, rounding: FactorRounding): number {
  if (!Number.isFinite(number)) return number;
  if (rounding === "float16") return roundTo(FLOAT_FORMATS.float16, number);
  float[0] = number;
  const bits = word[0]!;
  const half = 1 << (DROPPED_BITS - 1);
  // Adding half of the last kept place, minus one for ties that go down to even, carries where rounding goes up.
  const carry =
    rounding === "tf32, truncated"
      ? 0
      : rounding === "tf32, ties away from 0"
        ? half
        : half - 1 + ((bits >>> DROPPED_BITS) & 1);
  word[0] = ((bits + carry) >>> DROPPED_BITS) << DROPPED_BITS;
  return float[0]!;
}
