import { type Elements, readElements } from "../../tensors/read-elements.ts";
import type { TensorValue } from "../../tensors/tensor-value.ts";
import { type Given, type Operator, possible, RIGHT, special, wrong } from "./judge.ts";
import { floatFormatOf } from "./approximated.ts";
import { FLUSHED, judgeChosen, sameNumber } from "./rounded-once.ts";
import { tiesWhenFlushed } from "./selecting.ts";
import { coordinatesOf, placeOf, stridesOf } from "./strides.ts";

const ORDER_OPEN = "The order of an unsorted TopK is not defined; its values are correct.";
const NAN_RANK = "ONNX does not define the rank of NaN.";
const TIED = "Several elements are equal; their order is not defined in an unsorted TopK.";

interface Line {
  readonly numbers: readonly number[];
  /** Positions along the axis, the best element first; ties go to the first. */
  readonly ranked: readonly number[];
  readonly hasNaN: boolean;
}

/**
 * The k largest or smallest elements along an axis and their positions. If sorted, each position is determined.
 * Otherwise only the set is: a value must be among the best k, and the same source's position must hold that value. If
 * NaN compete, a value must come from the line, and a position must exist.
 */
export const topK: Operator = (call) => {
  const input = call.input(0);
  const format = floatFormatOf(input);
  const axis = call.axis(call.int("axis", -1), input.dims.length);
  const k = call.opset < 10 ? call.int("k", 1) : call.integers(1)[0]!;
  const sorted = call.opset < 11 || call.int("sorted", 1) === 1;
  const sign = call.opset >= 11 && call.int("largest", 1) === 0 ? 1 : -1;
  const dims = input.dims.with(axis, k);
  const strides = stridesOf(input.dims);
  const lines = new Map<number, Line>();
  const lineAt = (index: number): { readonly line: Line; readonly rank: number } => {
    const coordinates = coordinatesOf(index, dims);
    const start = placeOf(coordinates.with(axis, 0), strides);
    const known = lines.get(start);
    if (known) return { line: known, rank: coordinates[axis]! };
    const numbers = Array.from(
      { length: input.dims[axis]! },
      (_, along) => input.numbers[start + along * strides[axis]!]!,
    );
    const ranked = numbers
      .map((_, along) => along)
      .toSorted((left, right) => sign * (numbers[left]! - numbers[right]!) || left - right);
    const line = { numbers, ranked, hasNaN: numbers.some(Number.isNaN) };
    lines.set(start, line);
    return { line, rank: coordinates[axis]! };
  };
  const outputStrides = stridesOf(dims);
  /** The source's output along the axis of an element. */
  const sameLine = (index: number, { output }: Given): readonly number[] => {
    const start = placeOf(coordinatesOf(index, dims).with(axis, 0), outputStrides);
    return Array.from({ length: k }, (_, rank) => output.numbers[start + rank * outputStrides[axis]!]!);
  };
  const read = new Map<TensorValue, Elements>();
  /** What the same source returned at this index of its values (0) or positions (1); undefined if it returned none. */
  const returned = (place: 0 | 1, index: number, { outputs }: Given): number | undefined => {
    const output = outputs[place];
    if (!output) return undefined;
    const elements = read.get(output) ?? readElements(output);
    read.set(output, elements);
    return elements.numbers[index];
  };
  const isPair = (value: number, other: number | undefined, given: Given): boolean =>
    other === undefined || other === value || tiesWhenFlushed(format, value, other, given);
  return [
    {
      dims,
      judge: (index, given) => {
        const { line, rank } = lineAt(index);
        const expected = line.numbers[line.ranked[rank]!]!;
        if (line.hasNaN)
          return line.numbers.some((each) => sameNumber(each, given.value)) ? possible(NAN_RANK) : wrong(expected);
        const judgement = judgeChosen(expected, format, given);
        if (judgement.verdict === "wrong" && tiesWhenFlushed(format, expected, given.value, given))
          return line.numbers.includes(given.value) ? special(FLUSHED) : judgement;
        if (sorted || judgement.verdict !== "wrong") return judgement;
        const equal = (numbers: readonly number[]): number => numbers.filter((each) => each === given.value).length;
        const best = line.ranked.slice(0, k).map((along) => line.numbers[along]!);
        const isAmongBest = equal(best) >= equal(sameLine(index, given)) && equal(best) > 0;
        const position = returned(1, index, given);
        const found = position === undefined ? undefined : line.numbers[position];
        return isAmongBest && isPair(given.value, found, given) ? possible(ORDER_OPEN) : judgement;
      },
    },
    {
      dims,
      judge: (index, given) => {
        const { line, rank } = lineAt(index);
        const expected = line.ranked[rank]!;
        const { value } = given;
        if (value === expected) return RIGHT;
        const found = line.numbers[value];
        const repeated = sameLine(index, given).filter((each) => each === value).length > 1;
        if (found === undefined || repeated) return wrong(expected);
        if (line.hasNaN) return possible(NAN_RANK);
        if (tiesWhenFlushed(format, found, line.numbers[expected]!, given)) return special(FLUSHED);
        if (sorted) return wrong(expected);
        const last = line.numbers[line.ranked[k - 1]!]!;
        if (sign * (found - last) > 0 || !isPair(found, returned(0, index, given), given)) return wrong(expected);
        return possible(found === last ? TIED : ORDER_OPEN);
      },
    },
  ];
};
