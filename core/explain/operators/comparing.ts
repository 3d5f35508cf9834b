import { FLOAT_FORMATS, isFloatType, isSubnormal } from "../../tensors/float-format.ts";
import { NotAnalysed } from "../call.ts";
import { type Operator, RIGHT, special, wrong } from "./judge.ts";
import { FLUSHED } from "./rounded-once.ts";
import { broadcastDims, broadcastPlace } from "./strides.ts";

/* Operators with boolean results. */

type Compare = (left: number, right: number) => boolean;

function comparing(holds: Compare): Operator {
  return (call) => {
    const [left, right] = [call.input(0), call.input(1)];
    if (left.type === "int64" || left.type === "uint64")
      throw new NotAnalysed("Comparisons of 64-bit integers are not analysed.");
    const dims = broadcastDims([left.dims, right.dims]);
    const [ofLeft, ofRight] = [left, right].map((input) => broadcastPlace(input.dims, dims));
    return {
      dims,
      nonFinite: "kept on CPUs",
      judge: (index, { value, dialect }) => {
        const [a, b] = [left.numbers[ofLeft!(index)]!, right.numbers[ofRight!(index)]!];
        const expected = Number(holds(a, b));
        if (value === expected) return RIGHT;
        const flush = (each: number): number =>
          isFloatType(left.type) && isSubnormal(FLOAT_FORMATS[left.type], each) ? 0 : each;
        return dialect !== "ieee" && value === Number(holds(flush(a), flush(b))) ? special(FLUSHED) : wrong(expected);
      },
    };
  };
}

function testing(holds: (number: number) => boolean): Operator {
  return (call) => {
    const { dims, numbers } = call.input(0);
    return {
      dims,
      nonFinite: "kept on CPUs",
      judge: (index, { value }) => {
        const expected = holds(numbers[index]!) ? 1 : 0;
        return value === expected ? RIGHT : wrong(expected);
      },
    };
  };
}

export const COMPARING: Readonly<Record<string, Operator>> = {
  Equal: comparing((x, y) => x === y),
  Greater: comparing((x, y) => x > y),
  GreaterOrEqual: comparing((x, y) => x >= y),
  IsNaN: testing(Number.isNaN),
  Less: comparing((x, y) => x < y),
  LessOrEqual: comparing((x, y) => x <= y),
  Not: testing((x) => x === 0),
};
