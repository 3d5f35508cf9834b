import { type FloatFormat, isSubnormal, roundTo, stepAt } from "../float-format.ts";
import { type Given, type Judgement, possible, RIGHT, special, wrong } from "./judge.ts";

export const NAN_BITS = "NaN has many bit patterns, and runtimes differ in which they give.";
export const ZERO_SIGN = "-0 and +0 are the same number, and runtimes differ in which they give.";
export const FLUSHED = "GPUs may flush subnormal numbers to zero.";
export const NO_INFINITIES = "A shader may assume that neither NaN nor infinities occur.";
const NAN_CHOICE = "Runtimes differ in whether a NaN wins or loses against a number.";
const NEIGHBOUR =
  "WebGPU's language lets a result that is no float32 be rounded to either neighbour; every GPU known rounds to the nearest.";

/**
 * A value that has to be the exact result rounded once, to nearest. The sign of a zero is not held against a side: an
 * optimiser that drops `x + 0` turns +0 into -0, and 0 - x is a common way to negate.
 * @param exact precise enough that rounding it gives what rounding the real result would
 * @param flushed results of the same operation with subnormal inputs taken as zero, which a GPU may do
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
  if (dialect === "cuda") return wrong(exact);
  if (!Number.isFinite(expected)) return special(NO_INFINITIES);
  return Math.abs(value - exact) < stepAt(format, exact) ? possible(NEIGHBOUR) : wrong(exact);
}

/** A value that has to be one of several numbers, the first of which is what the definition asks for. */
export function judgeOneOf(allowed: readonly number[], format: FloatFormat | null, given: Given): Judgement {
  const { value, dialect } = given;
  const [exact = NaN] = allowed;
  if (Object.is(exact, value)) return RIGHT;
  if (exact === 0 && value === 0) return special(ZERO_SIGN);
  if (allowed.some((each) => sameNumber(each, value))) return special(NAN_CHOICE);
  const mayFlush = dialect !== "ieee" && format !== null;
  if (mayFlush && value === 0 && allowed.some((each) => isSubnormal(format, each))) return special(FLUSHED);
  if (dialect === "shader" && allowed.some((each) => !Number.isFinite(each))) return special(NO_INFINITIES);
  return wrong(exact);
}

/** -0 and +0 are the same number, and so are all NaN. */
export function sameNumber(left: number, right: number): boolean {
  return left === right || (Number.isNaN(left) && Number.isNaN(right));
}

/** Why two right results may still differ in their bits. */
export function otherBitsNote(value: number): string {
  return Number.isNaN(value) ? NAN_BITS : ZERO_SIGN;
}
