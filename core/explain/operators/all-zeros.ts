import { FLOAT_FORMATS, isFloatType } from "../../tensors/float-format.ts";
import type { NodeRequest } from "../request.ts";
import { type Elements, readElements } from "../../tensors/read-elements.ts";
import type { SourceRole } from "../sources.ts";
import type { Judgement } from "./judge.ts";

/** Fewer elements may be zero by chance. */
const ENOUGH = 8;
const RANDOM = /Random|Bernoulli|Multinomial|Dropout/;

export const ONLY_ZEROS =
  "One side returned only zeros, although neither the inputs nor the other side's results are zero. Rounding cannot cause that.";

/** Neither the exact value nor a bound is known. */
export const ZERO_IS_WRONG: Judgement = Object.freeze({ verdict: "wrong", exact: NaN, bound: NaN });

/**
 * Finds the source whose output is all zeros although neither the inputs nor the other source's output are. It is used
 * for operators that are not evaluated: rounding cannot turn a whole output into zeros, so this source is wrong.
 */
export function sourceOfZeros(request: NodeRequest, left: Elements, right: Elements): SourceRole | null {
  if (!isFloatType(left.type) || left.length < ENOUGH || RANDOM.test(request.node.op)) return null;
  const role = isAllZeros(left) ? "reference" : isAllZeros(right) ? "other" : null;
  if (role === null || !isMostlyNumbers(role === "other" ? left : right)) return null;
  const fed = request.inputs.flatMap((input) =>
    input !== null && isFloatType(input.type) ? [readElements(input)] : [],
  );
  return fed.length > 0 && !fed.some(isAllZeros) ? role : null;
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
