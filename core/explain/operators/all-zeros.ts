import { FLOAT_FORMATS, isFloatType } from "../float-format.ts";
import type { NodeQuestion } from "../question.ts";
import { type Elements, readElements } from "../read-elements.ts";
import type { SideName } from "./gathering.ts";
import type { Judgement } from "./judge.ts";

/** Fewer elements may be zero by chance. */
const ENOUGH = 8;
const RANDOM = /Random|Bernoulli|Multinomial|Dropout/;

export const ONLY_ZEROS =
  "One side gave nothing but zeros for inputs that are not, where the other side did not: a kernel that did not run, or is not there.";

/** Neither the exact value nor a bound is known. */
export const ZERO_IS_WRONG: Judgement = Object.freeze({ verdict: "wrong", exact: NaN, bound: NaN });

/**
 * For an operator that is not evaluated here: the side whose output is all zeros, though the inputs are not and the other
 * side's output is not either. Rounding does not do that.
 */
export function sideOfZeros(question: NodeQuestion, left: Elements, right: Elements): SideName | null {
  if (!isFloatType(left.type) || left.length < ENOUGH || RANDOM.test(question.node.op)) return null;
  const side = isAllZeros(left) ? "reference" : isAllZeros(right) ? "other" : null;
  if (side === null || !isMostlyNumbers(side === "other" ? left : right)) return null;
  const fed = question.inputs.flatMap((input) =>
    input !== null && isFloatType(input.type) ? [readElements(input)] : [],
  );
  return fed.length > 0 && !fed.some(isAllZeros) ? side : null;
}

function isAllZeros({ numbers }: Elements): boolean {
  return numbers.every((each) => each === 0);
}

/** At least half are neither zero nor so small that they may be flushed. */
function isMostlyNumbers({ type, numbers }: Elements): boolean {
  if (!isFloatType(type)) return false;
  const least = FLOAT_FORMATS[type].smallestNormal;
  return 2 * numbers.filter((each) => Math.abs(each) >= least && Number.isFinite(each)).length >= numbers.length;
}
