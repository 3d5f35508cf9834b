import { type FloatFormat, isSubnormal, roundTo, stepAt } from "../../tensors/float-format.ts";
import { type Given, type Judgement, possible, RIGHT, special, wrong } from "./judge.ts";

export const NAN_BITS = "NaN has many bit patterns, and runtimes return different ones.";
export const ZERO_SIGN = "-0 and +0 are equal, and runtimes differ in which one they return.";
export const FLUSHED = "GPUs may flush subnormal numbers to zero.";
export const NO_INFINITIES = "A shader may assume that NaN and infinities do not occur.";
const UNORDERED_OVERFLOW = "An intermediate result may be infinite or NaN, depending on the order of operations.";
const NEIGHBOUR = "WGSL allows rounding to either neighbouring float32; all known GPUs round to the nearest.";

/**
 * Judges a value that must be the exact result rounded once, to nearest. A different sign of zero is not wrong: an
 * optimiser that drops `x + 0` turns +0 into -0, and 0 - x is a common way to negate.
 * @param exact precise enough to round like the real result
 * @param flushed results of the same operation with subnormal inputs flushed to zero, as on a GPU
 */
export function judgeRoundedOnce(
  format: FloatFormat,
  exact: number,
  given: Given,
  flushed: readonly number[] = [],
): Judgement {
  const { value, dialect } = given;
  const expected = roundTo(format, exact);
  if (Object.is(expected, value)) return RIGHT;
  if (expected === 0 && value === 0) return special(ZERO_SIGN);
  if (dialect === "ieee") return wrong(exact);
  if (isSubnormal(format, expected) && value === 0) return special(FLUSHED);
  if (flushed.some((each) => sameNumber(roundTo(format, each), value))) return special(FLUSHED);
  if (dialect === "cuda" || Number.isNaN(expected)) return wrong(exact);
  if (!Number.isFinite(expected)) return judgeInfinite(format, exact, given);
  return Math.abs(value - exact) < stepAt(format, exact) ? possible(NEIGHBOUR) : wrong(exact);
}

/**
 * Judges a value that must be infinite. A shader may assume that infinities do not occur and then returns the largest
 * number or NaN. Any other number is wrong.
 * @param certain false if an intermediate result may be NaN or overflow in the other direction
 */
export function judgeInfinite(format: FloatFormat, exact: number, given: Given, certain = true): Judgement {
  const { value, dialect } = given;
  if (sameNumber(exact, value)) return RIGHT;
  if (!certain && !Number.isFinite(value)) return possible(UNORDERED_OVERFLOW);
  const saturated = value === Math.sign(exact) * format.largest;
  return dialect === "shader" && (saturated || Number.isNaN(value)) ? special(NO_INFINITIES) : wrong(exact);
}

/** Judges a value that must equal one of the inputs, selected rather than computed. */
export function judgeChosen(exact: number, format: FloatFormat | null, given: Given): Judgement {
  const { value, dialect } = given;
  if (sameNumber(exact, value)) return exact === 0 && !Object.is(exact, value) ? special(ZERO_SIGN) : RIGHT;
  if (format === null || dialect === "ieee") return wrong(exact);
  if (value === 0 && isSubnormal(format, exact)) return special(FLUSHED);
  return Math.abs(exact) === Infinity ? judgeInfinite(format, exact, given) : wrong(exact);
}

/** -0 and +0 are equal, and so are all NaN. */
export function sameNumber(left: number, right: number): boolean {
  return left === right || (Number.isNaN(left) && Number.isNaN(right));
}

/** Why two correct results may differ in their bits. */
export function otherBitsNote(value: number): string {
  return Number.isNaN(value) ? NAN_BITS : ZERO_SIGN;
}
