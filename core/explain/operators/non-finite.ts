import type { TensorValue } from "../../tensors/tensor-value.ts";
import { FLOAT_FORMATS, isFloatType } from "../../tensors/float-format.ts";
import type { NodeRequest } from "../request.ts";
import { readElements } from "../../tensors/read-elements.ts";
import { writeNumbers } from "../../tensors/write-numbers.ts";
import { tryAnalysis } from "../call.ts";
import { judgeWith } from "./index.ts";
import { type Given, type Judgement, nanNotPropagated, type OutputJudge, possible, special } from "./judge.ts";
import { NO_INFINITIES } from "./rounded-once.ts";

const NAN_EXPECTED =
  "NaN was expected. One side returned the number that results if a NaN among the inputs is ignored or replaced.";
const NAN_TO_ZERO = "NaN was expected. One side returned 0 instead.";

/** Numbers that may replace a NaN: zero, or what remains after a failed comparison. */
const STAND_INS = Object.freeze([0, -Infinity, Infinity]);

/** Decides whether a NaN or infinity among the inputs explains a result that appears to be wrong. */
export type NonFiniteExcuse = (index: number, judgement: Judgement, given: Given) => Judgement | null;

/**
 * Some runtimes lose a NaN: `max(x, 0)` in a shader returns 0 for it. Such a result must be the operator's value for
 * inputs in which every NaN is replaced by one of a few numbers; any other number is wrong. The same applies to
 * infinities on a shader, which may replace them by the largest number.
 * @returns null if no input is NaN or infinite
 */
export function nonFiniteExcuse(request: NodeRequest, output: number, judge: OutputJudge): NonFiniteExcuse | null {
  const inputs = request.inputs.map((input) => input && readElements(input));
  const floats = inputs.flatMap((input) => (input !== null && isFloatType(input.type) ? [input.numbers] : []));
  const hasNaN = floats.some((numbers) => numbers.some(Number.isNaN));
  const hasInfinities = floats.some((numbers) => numbers.some((each) => Math.abs(each) === Infinity));
  if (judge.nonFinite === "kept" || !(hasNaN || hasInfinities)) return null;
  const replacing = (nan: number, saturate: boolean): OutputJudge | null =>
    judgeReplaced(request, output, nan, saturate);
  const withoutNaN = remembering(() => STAND_INS.map((nan) => replacing(nan, false)));
  const saturated = remembering(() => (hasNaN ? STAND_INS : [NaN]).map((nan) => replacing(nan, true)));
  return (index, judgement, given) => {
    if (judgement.verdict !== "wrong" || judgement.outside !== undefined) return null;
    if (judge.nonFinite === "kept on CPUs" && given.dialect === "ieee") return null;
    const expectsNaN = Number.isNaN(judgement.exact);
    if (hasNaN && isGivenBy(withoutNaN(), index, given)) return nanNotPropagated(NAN_EXPECTED);
    if (expectsNaN && given.value === 0 && (hasNaN || given.dialect === "shader")) return nanNotPropagated(NAN_TO_ZERO);
    if (given.dialect !== "shader" || !isGivenBy(saturated(), index, given)) return null;
    return expectsNaN ? nanNotPropagated(NAN_EXPECTED) : special(NO_INFINITIES);
  };
}

function isGivenBy(judges: readonly (OutputJudge | null)[], index: number, given: Given): boolean {
  return judges.some((judge) => {
    if (judge === null) return false;
    const judgement = tryAnalysis<Judgement>(() => judge.judge(index, given), possible);
    // A result without a bound would excuse any number.
    return judgement.verdict === "possible" ? judgement.share !== undefined : judgement.verdict !== "wrong";
  });
}

function judgeReplaced(request: NodeRequest, output: number, nan: number, saturate: boolean): OutputJudge | null {
  const replace = (each: number, largest: number): number => {
    const number = Number.isNaN(each) ? nan : each;
    return saturate && Math.abs(number) === Infinity ? Math.sign(number) * largest : number;
  };
  const inputs = request.inputs.map((input) => input && replaced(input, replace));
  return judgeWith(request, inputs, output);
}

function replaced(input: TensorValue, replace: (each: number, largest: number) => number): TensorValue {
  if (!isFloatType(input.type)) return input;
  const { numbers } = readElements(input);
  if (numbers.every(Number.isFinite)) return input;
  const { largest } = FLOAT_FORMATS[input.type];
  return writeNumbers(
    input.type,
    input.dims,
    numbers.map((each) => replace(each, largest)),
  );
}

function remembering<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
