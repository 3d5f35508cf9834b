import { dataTypeOf } from "../../tensors/element-type.ts";
import { FLOAT_FORMATS, isFloatType, isSubnormal } from "../../tensors/float-format.ts";
import { type Elements, integerAt } from "../../tensors/read-elements.ts";
import { type Given, type Judgement, type Operator, possible, RIGHT, special, wrong } from "./judge.ts";
import { FLUSHED, judgeRoundedOnce } from "./rounded-once.ts";
import { wordOf } from "./rounded.ts";
import { isElementType } from "../../tensors/tensor-value.ts";
import { NotAnalysed } from "../call.ts";

/** The number, or for integers beyond 2^53 one that rounds alike to float32 or narrower (sticky bits). */
function numberOf(elements: Elements, index: number): number {
  const { type } = elements;
  if (type !== "int64" && type !== "uint64") return elements.numbers[index]!;
  const integer = integerAt(elements, index);
  const size = integer < 0n ? -integer : integer;
  if (size < 2n ** 53n) return Number(integer);
  const kept = (size >> 11n) | (size & 2047n ? 1n : 0n);
  return Number(integer < 0n ? -kept : kept) * 2048;
}

function judgeTruth({ type, numbers }: Elements, index: number, { value, dialect }: Given): Judgement {
  const number = numbers[index]!;
  const expected = Number(number !== 0);
  if (value === expected) return RIGHT;
  return dialect !== "ieee" && isFloatType(type) && isSubnormal(FLOAT_FORMATS[type], number)
    ? special(FLUSHED)
    : wrong(expected);
}

/** A change of type: one rounding for floats, truncation for integers. Out of range, the result is undefined. */
export const cast: Operator = (call) => {
  const input = call.input(0);
  const target =
    call.node.op === "CastLike"
      ? call.input(1).type
      : Object.keys(BITS).find((name) => dataTypeOf(name) === call.int("to", 1));
  if (target === undefined || !isElementType(target))
    throw new NotAnalysed("The target type of the cast is not analysed.");
  if (isFloatType(target)) {
    const format = FLOAT_FORMATS[target];
    return { dims: input.dims, judge: (index, given) => judgeRoundedOnce(format, numberOf(input, index), given) };
  }
  if (target === "bool") return { dims: input.dims, judge: (index, given) => judgeTruth(input, index, given) };
  const bits = BITS[target]!;
  const [least, most] = target.startsWith("u") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return {
    dims: input.dims,
    judge: (index, { word }) => {
      if (!isFloatType(input.type)) {
        const integer = integerAt(input, index);
        return wordOf(target, integer) === BigInt(word) ? RIGHT : wrong(Number(integer));
      }
      const whole = Math.trunc(input.numbers[index]!);
      if (!(whole >= least && whole <= most))
        return possible("The cast of a number outside the type's range is not defined.");
      return wordOf(target, BigInt(whole)) === BigInt(word) ? RIGHT : wrong(whole);
    },
  };
};

const BITS: Readonly<Record<string, number>> = Object.freeze({
  float32: 32,
  float64: 64,
  float16: 16,
  bfloat16: 16,
  int8: 8,
  int16: 16,
  int32: 32,
  int64: 64,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
  bool: 8,
});
