import type { Cause } from "../explanation.ts";
import { type FloatFormat, roundTo } from "../../tensors/float-format.ts";
import { allowance, type Estimate } from "./arithmetic.ts";
import { type Given, type Judgement, possible, RIGHT, special, wrong } from "./judge.ts";
import { FLUSHED, judgeInfinite, sameNumber, ZERO_SIGN } from "./rounded-once.ts";

const UNBOUNDED = "Cancellation or overflow makes this result unbounded.";

/**
 * Judges a value that must lie within the error of a correct evaluation.
 * @param cause of a difference within the error; null if it has to be found, as for sums
 */
export function judgeWithin(
  format: FloatFormat,
  estimate: Estimate,
  given: Given,
  cause: Cause | null,
  note: string | null = null,
): Judgement {
  const { value, dialect } = given;
  const { value: exact, error } = estimate;
  const rounded = roundTo(format, exact);
  if (Object.is(rounded, value)) return RIGHT;
  if (value === 0 && rounded === 0) return special(ZERO_SIGN);
  if (sameNumber(rounded, value)) return RIGHT;
  if (Number.isNaN(exact)) return wrong(exact);
  const bound = allowance(format, estimate);
  if (!Number.isFinite(exact)) return judgeInfinite(format, exact, given, Number.isFinite(error));
  if (!Number.isFinite(bound)) return possible(UNBOUNDED);
  const share = Math.abs(value - exact) / bound;
  if (share <= 1) return cause === null ? possible(note, share) : { verdict: "legitimate", cause, note, share };
  const mayOverflow = Math.abs(exact) + bound > format.largest;
  if (mayOverflow && value === Math.sign(exact) * Infinity) return possible(UNBOUNDED);
  if (!Number.isFinite(rounded)) return judgeInfinite(format, rounded, given);
  if (dialect !== "ieee" && value === 0 && Math.abs(exact) - error < format.smallestNormal) return special(FLUSHED);
  return Number.isNaN(share) ? wrong(exact, bound) : wrong(exact, bound, share);
}

/**
 * If two formulas are correct: the judgement of the one that fits better. A result of only the second one is possible,
 * since another source may use the first.
 */
export function judgeByEither(first: Judgement, second: Judgement, note: string): Judgement {
  const ranks = { right: 0, legitimate: 1, possible: 2, wrong: 4 };
  const rankOf = (each: Judgement): number =>
    // A result without a bound proves less than one within a bound.
    each.verdict === "possible" && each.share === undefined ? 3 : ranks[each.verdict];
  if (rankOf(second) >= rankOf(first)) return first;
  return second.verdict === "right" || second.verdict === "possible" ? possible(note, shareOf(second)) : second;
}

function shareOf(judgement: Judgement): number | undefined {
  return judgement.verdict === "right" ? 0 : judgement.share;
}

/**
 * Checks whether a value is outside the interval of an operator's values. Its ends are rounded to the format, since a
 * correct evaluation may round to them.
 * @param exact null if it is not known
 * @returns null for a value inside, and for NaN
 */
export function outsideOf(
  name: string,
  format: FloatFormat,
  [least, most]: readonly [number, number],
  exact: number | null,
  value: number,
): Judgement | null {
  const [low, high] = [roundTo(format, least), roundTo(format, most)];
  if (Number.isNaN(value) || (value >= low && value <= high)) return null;
  const end = value < low ? low : high;
  const bound = exact === null ? 0 : Math.abs(exact - end);
  const outside = `${name} lies within [${least}, ${most}].`;
  return { verdict: "wrong", exact: exact ?? end, bound: Number.isFinite(bound) ? bound : 0, share: Infinity, outside };
}
