import type { Cause } from "../explanation.ts";
import { type FloatFormat, roundTo } from "../float-format.ts";
import { allowance, type Estimate } from "./arithmetic.ts";
import { type Given, type Judgement, possible, RIGHT, special, wrong } from "./judge.ts";
import { FLUSHED, NO_INFINITIES, sameNumber, ZERO_SIGN } from "./rounded-once.ts";

const NAN_LOST = "Runtimes differ in what an operator makes of NaN and infinities among its inputs.";
const UNBOUNDED = "Cancellation or overflow leaves no bound on this result.";

/**
 * A value that has to lie within the error of a correct evaluation.
 * @param cause what accounts for a difference within it; null where another has to be found, as for sums
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
  if (Number.isNaN(exact)) return special(dialect === "shader" ? NO_INFINITIES : NAN_LOST);
  const bound = allowance(format, estimate);
  if (!Number.isFinite(exact)) return dialect === "shader" ? special(NO_INFINITIES) : possible(UNBOUNDED);
  if (!Number.isFinite(bound)) return possible(UNBOUNDED);
  if (Math.abs(exact) + bound > format.largest) return possible(UNBOUNDED);
  const share = Math.abs(value - exact) / bound;
  if (share <= 1) return cause === null ? possible(note, share) : { verdict: "legitimate", cause, note, share };
  if (dialect !== "ieee" && value === 0 && Math.abs(exact) - error < format.smallestNormal) return special(FLUSHED);
  return Number.isNaN(share) ? wrong(exact, bound) : wrong(exact, bound, share);
}
