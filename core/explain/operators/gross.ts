import { FLOAT_FORMATS, isFloatType } from "../../tensors/float-format.ts";
import type { NodeRequest } from "../request.ts";
import { type Elements, readElements } from "../../tensors/read-elements.ts";
import type { Judgement } from "./judge.ts";
import { type Gross, sourceAlone } from "./jury.ts";

/** Fewer elements may be equal by chance. */
const ENOUGH = 8;
const RANDOM = /Random|Bernoulli|Multinomial|Dropout/;

/** Neither the exact value nor a bound is known. */
export const GROSSLY_WRONG: Judgement = Object.freeze({ verdict: "wrong", exact: NaN, bound: NaN });

const ONLY_ZEROS =
  "One side returned only zeros, although neither the inputs nor the other side's results are zero. Rounding cannot cause that.";
const ONE_CONSTANT =
  "One side returned the same value everywhere, although neither the inputs nor the other side's results are constant. Rounding cannot cause that.";
const ONLY_NAN = "One side returned only NaN, although the inputs and the other side's results are finite.";

/**
 * Finds a source whose output is wrong even though the operator is not evaluated: it is all zeros, one constant or all
 * NaN where neither the inputs nor the other source's output are, or it is far from several other backends that agree.
 */
export function grossSource(request: NodeRequest, output: number, left: Elements, right: Elements): Gross | null {
  if (!isFloatType(left.type) || left.length < ENOUGH || RANDOM.test(request.node.op)) return null;
  return sourceOfConstant(request, left, right) ?? sourceAlone(request, output, left, right);
}

function sourceOfConstant({ inputs }: NodeRequest, left: Elements, right: Elements): Gross | null {
  const role = isConstant(left) ? "reference" : isConstant(right) ? "other" : null;
  if (role === null) return null;
  const [own, others] = role === "reference" ? [left, right] : [right, left];
  const fed = inputs.flatMap((input) => (input !== null && isFloatType(input.type) ? [readElements(input)] : []));
  if (fed.length === 0 || !isMostlyNumbers(others)) return null;
  const [value] = own.numbers;
  if (value === 0) return fed.some(isAllZeros) ? null : { role, note: ONLY_ZEROS };
  const isFinite = (each: Elements): boolean => each.numbers.every(Number.isFinite);
  if (Number.isNaN(value)) return fed.every(isFinite) && isFinite(others) ? { role, note: ONLY_NAN } : null;
  // A saturating result may be constant on one side, and next to it on the other.
  const isFar = 2 * others.numbers.filter((each) => isFarFrom(each, value!)).length >= others.length;
  const varies = fed.every((each) => each.length < ENOUGH || !isConstant(each));
  return isFar && varies && fed.every(isFinite) ? { role, note: ONE_CONSTANT } : null;
}

function isFarFrom(number: number, value: number): boolean {
  return Math.abs(number - value) > 0.1 * Math.max(Math.abs(number), Math.abs(value));
}

function isConstant({ numbers }: Elements): boolean {
  const [first] = numbers;
  return numbers.every((each) => each === first || Object.is(each, first));
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
