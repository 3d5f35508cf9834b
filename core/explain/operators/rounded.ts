import type { ElementType } from "../../tensors/tensor-value.ts";
import { FLOAT_FORMATS, type FloatFormat, isFloatType, isSubnormal, stepAt } from "../../tensors/float-format.ts";
import { type Elements, integerAt } from "../../tensors/read-elements.ts";
import { type Call, NotAnalysed } from "../call.ts";
import { type Given, type Judgement, type Operator, possible, RIGHT, special, wrong } from "./judge.ts";
import { judgeRoundedOnce } from "./rounded-once.ts";
import { broadcastDims, broadcastPlace } from "./strides.ts";

/*
 * Operators that IEEE 754 defines to the last bit: one rounding, to nearest. A double has more than twice the digits of
 * a float32, so rounding a double's + - * / or square root equals rounding the real result (Figueroa, "When is double
 * rounding innocuous?", 1995). The same holds for float16 and bfloat16.
 */

type Compute = (numbers: readonly number[], call: Call) => number;
type ComputeInteger = (numbers: readonly bigint[]) => bigint;

/** A GPU's error in a quotient or root: WGSL allows / 2.5 ULP, and sqrt the error of 1 / inverseSqrt (2 ULP). */
const APPROXIMATE_ULP = 5;
const APPROXIMATED_ON_GPUS: ReadonlySet<string> = new Set(["Div", "Reciprocal", "Sqrt"]);

/** Broadcast inputs, one rounding per element. */
function elementwise(compute: Compute, integers: ComputeInteger | null): Operator {
  return (call) => {
    const inputs = call.given();
    const [first] = inputs;
    if (first === undefined) throw new NotAnalysed(`${call.node.op} has no inputs.`);
    const dims = broadcastDims(inputs.map((input) => input.dims));
    const places = inputs.map((input) => broadcastPlace(input.dims, dims));
    const { type } = first;
    if (!isFloatType(type)) return { dims, judge: exactIntegers(call, inputs, places, integers) };
    const format = FLOAT_FORMATS[type];
    const judge = (index: number, given: Given): Judgement => {
      const numbers = inputs.map(({ numbers: all }, at) => all[places[at]!(index)]!);
      const judgement = judgeNumbers(
        format,
        numbers,
        (each) => compute(each, call),
        given,
        APPROXIMATED_ON_GPUS.has(call.node.op),
      );
      if (judgement.verdict !== "wrong") return judgement;
      return excuse(call, format, numbers, given, judgement.exact) ?? judgement;
    };
    return { dims, judge };
  };
}

function excuse(
  { node: { op } }: Call,
  format: FloatFormat,
  [x = NaN, y = NaN]: readonly number[],
  { value, dialect }: Given,
  exact: number,
): Judgement | null {
  if (op === "Mod" && dialect === "shader") {
    // x - y * trunc(x / y), where the quotient may be off by one.
    const reach = Math.abs(y) + APPROXIMATE_ULP * stepAt(format, x);
    return Math.abs(value) <= reach ? possible("A shader's remainder is only as accurate as its quotient.") : null;
  }
  if (!op.endsWith("Relu")) return null;
  if (dialect !== "ieee" && isSubnormal(format, x) && (value === x || value === 0))
    return special("GPUs may flush subnormal numbers before testing their sign.");
  if (format.type === "float32" || !(Math.abs(value - exact) <= 2 * stepAt(format, exact))) return null;
  return possible("Its alpha may be rounded to the node's type first.");
}

function judgeNumbers(
  format: FloatFormat,
  numbers: readonly number[],
  compute: (numbers: readonly number[]) => number,
  given: Given,
  approximated: boolean,
): Judgement {
  const exact = compute(numbers);
  if (given.dialect === "ieee") return judgeRoundedOnce(format, exact, given);
  const flushed = numbers.some((each) => isSubnormal(format, each)) ? flushedResults(format, numbers, compute) : [];
  const judgement = judgeRoundedOnce(format, exact, given, flushed);
  if (judgement.verdict === "right" || judgement.verdict === "legitimate" || !approximated) return judgement;
  return judgeApproximate(format, exact, numbers.at(-1)!, given) ?? judgement;
}

/**
 * @param divisor of the quotient, or the argument of the root
 * @returns null if only the exact result can be checked
 */
function judgeApproximate(format: FloatFormat, exact: number, divisor: number, { value }: Given): Judgement | null {
  if (!(Math.abs(exact) <= format.largest)) return null;
  const bound = APPROXIMATE_ULP * stepAt(format, exact);
  const share = Math.abs(value - exact) / bound;
  const note = "A GPU may approximate division and square roots (WGSL: 2.5 ULP).";
  if (share <= 1) return { verdict: "legitimate", cause: "APPROXIMATED_FUNCTION", note, share };
  // WGSL guarantees a quotient's accuracy for divisors up to 2^126, beyond which reciprocals are subnormal.
  const underflows = Math.abs(exact) < 8 * format.smallestNormal && Math.abs(value) < 16 * format.smallestNormal;
  const overflows = Math.abs(exact) > format.largest / 8 && value === Math.sign(exact) * Infinity;
  const vanishes = value === 0 && Math.abs(divisor) > format.largest / 4;
  return underflows || overflows || vanishes
    ? possible("Accuracy of division is not guaranteed near the ends of the range.")
    : wrong(exact, bound, share);
}

/** The results with each subset of the subnormal inputs flushed to zero. */
function flushedResults(
  format: FloatFormat,
  numbers: readonly number[],
  compute: (numbers: readonly number[]) => number,
): readonly number[] {
  const choices = numbers.reduce<readonly (readonly number[])[]>(
    (lists, each) =>
      lists.flatMap((list) =>
        isSubnormal(format, each)
          ? [
              [...list, each],
              [...list, each < 0 ? -0 : 0],
            ]
          : [[...list, each]],
      ),
    [[]],
  );
  return choices.map(compute);
}

function exactIntegers(
  call: Call,
  inputs: readonly Elements[],
  places: readonly ((index: number) => number)[],
  compute: ComputeInteger | null,
): (index: number, given: Given) => Judgement {
  if (compute === null) throw new NotAnalysed(`${call.node.op} of integers is not analysed.`);
  const { type } = inputs[0]!;
  return (index, { word }) => {
    const numbers = inputs.map((input, at) => integerAt(input, places[at]!(index)));
    const expected = compute(numbers);
    return wordOf(type, expected) === BigInt(word) ? RIGHT : wrong(Number(expected));
  };
}

/** The bits of an integer, wrapped to the type. */
export function wordOf(type: ElementType, integer: bigint): bigint {
  return BigInt.asUintN(type === "bool" ? 8 : Number(/\d+/.exec(type)![0]), integer);
}

function roundHalfEven(number: number): number {
  const below = Math.floor(number);
  const rest = number - below;
  if (!Number.isFinite(number) || rest === 0) return number;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

function quotient([left = 0n, right = 0n]: readonly bigint[]): bigint {
  if (right === 0n) throw new NotAnalysed("An integer is divided by zero.");
  return left / right;
}

/** x, or x * slope for negative x, rounded once. */
const sloped = (numbers: readonly number[], slope: number): number =>
  numbers[0]! < 0 ? numbers[0]! * slope : numbers[0]!;

const FLOATS: Readonly<Record<string, Compute>> = {
  Abs: ([x]) => Math.abs(x!),
  Add: ([x, y]) => x! + y!,
  Ceil: ([x]) => Math.ceil(x!),
  Div: ([x, y]) => x! / y!,
  Floor: ([x]) => Math.floor(x!),
  LeakyRelu: (numbers, call) => sloped(numbers, call.real("alpha", 0.01)),
  Mod: ([x, y], call) => (call.int("fmod", 0) === 1 ? x! % y! : NaN),
  Mul: ([x, y]) => x! * y!,
  Neg: ([x]) => -x!,
  PRelu: (numbers) => sloped(numbers, numbers[1]!),
  Reciprocal: ([x]) => 1 / x!,
  Round: ([x]) => roundHalfEven(x!),
  Sign: ([x]) => Math.sign(x!),
  Sqrt: ([x]) => Math.sqrt(x!),
  Sub: ([x, y]) => x! - y!,
  ThresholdedRelu: ([x], call) => (x! > call.real("alpha", 1) ? x! : 0),
};

const INTEGERS: Readonly<Record<string, ComputeInteger>> = {
  Abs: ([x]) => (x! < 0n ? -x! : x!),
  Add: ([x, y]) => x! + y!,
  And: ([x, y]) => x! & y!,
  Div: quotient,
  Mul: ([x, y]) => x! * y!,
  Neg: ([x]) => -x!,
  Or: ([x, y]) => x! | y!,
  Sign: ([x]) => (x! > 0n ? 1n : x! < 0n ? -1n : 0n),
  Sub: ([x, y]) => x! - y!,
  Xor: ([x, y]) => x! ^ y!,
};

export const ROUNDED: Readonly<Record<string, Operator>> = Object.fromEntries(
  Object.keys({ ...FLOATS, ...INTEGERS }).map((op) => [
    op,
    elementwise(FLOATS[op] ?? (() => NaN), INTEGERS[op] ?? null),
  ]),
);
