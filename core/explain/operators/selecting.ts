import type { FloatFormat } from "../../tensors/float-format.ts";
import type { Call } from "../call.ts";
import { floatFormatOf } from "./approximated.ts";
import { type Given, type Operator, type OutputJudge, possible, RIGHT, special, wrong } from "./judge.ts";
import { judgeCopy } from "./copying.ts";
import { FLUSHED, judgeChosen, sameNumber } from "./rounded-once.ts";
import { broadcastDims, broadcastPlace, reducedPlaces } from "./strides.ts";
import { poolWindows } from "./window-places.ts";

/*
 * Operators that select among their inputs without rounding. A NaN among the candidates is selected, as in NumPy. Which
 * of -0 and +0 is larger is not defined.
 */

type Choice = (numbers: readonly number[]) => number;

const largest: Choice = (numbers) => numbers.reduce((most, each) => Math.max(most, each), -Infinity);
const smallest: Choice = (numbers) => numbers.reduce((least, each) => Math.min(least, each), Infinity);

/** One of the candidates at each index, or NaN if one of them is NaN. */
function chosen(
  dims: readonly number[] | null,
  format: FloatFormat | null,
  choose: Choice,
  candidatesAt: (index: number) => readonly number[],
): OutputJudge {
  return {
    dims,
    judge: (index, given) => {
      const candidates = candidatesAt(index);
      const best = choose(candidates);
      const judgement = judgeChosen(best, format, given);
      if (judgement.verdict !== "wrong" || !tiesWhenFlushed(format, best, given.value, given)) return judgement;
      return candidates.includes(given.value) ? special(FLUSHED) : judgement;
    },
  };
}

/** True if a GPU that flushes subnormals to zero cannot distinguish two numbers. */
export function tiesWhenFlushed(format: FloatFormat | null, left: number, right: number, { dialect }: Given): boolean {
  if (format === null || dialect === "ieee") return false;
  return Math.abs(left) < format.smallestNormal && Math.abs(right) < format.smallestNormal;
}

/** Max and Min: broadcast, and selected element by element. */
function among(choose: Choice): Operator {
  return (call) => {
    const inputs = call.given();
    const dims = broadcastDims(inputs.map((input) => input.dims));
    const places = inputs.map((input) => broadcastPlace(input.dims, dims));
    const candidatesAt = (index: number): readonly number[] =>
      inputs.map(({ numbers }, at) => numbers[places[at]!(index)]!);
    return chosen(dims, floatFormatOf(call.input(0)), choose, candidatesAt);
  };
}

const relu: Operator = (call) => {
  const input = call.input(0);
  return chosen(input.dims, floatFormatOf(input), largest, (index) => [0, input.numbers[index]!]);
};

const clip: Operator = (call) => {
  const input = call.input(0);
  const least = call.opset < 11 ? call.real("min", -Infinity) : call.has(1) ? call.input(1).numbers[0]! : -Infinity;
  const most = call.opset < 11 ? call.real("max", Infinity) : call.has(2) ? call.input(2).numbers[0]! : Infinity;
  return {
    dims: input.dims,
    judge: (index, given) => {
      const value = input.numbers[index]!;
      const clipped = Math.min(Math.max(value, least), most);
      if (least > most && [least, most].includes(given.value))
        return possible("The minimum of the Clip exceeds its maximum.");
      return judgeChosen(clipped, floatFormatOf(input), given);
    },
  };
};

const where: Operator = (call) => {
  const [condition, yes, no] = [call.input(0), call.input(1), call.input(2)];
  const dims = broadcastDims([condition.dims, yes.dims, no.dims]);
  const [ofCondition, ofYes, ofNo] = [condition, yes, no].map((input) => broadcastPlace(input.dims, dims));
  return {
    dims,
    nonFinite: "kept",
    judge: (index, given) => {
      const otherwise = condition.numbers[ofCondition!(index)] === 0;
      // Some kernels add both branches, which turns -0 into +0.
      return otherwise ? judgeCopy(no, ofNo!(index), given, false) : judgeCopy(yes, ofYes!(index), given, false);
    },
  };
};

const maxPool: Operator = (call) => {
  const input = call.input(0);
  const { dims, meetingAt } = poolWindows(call, input);
  const numbersAt = (index: number): readonly number[] => meetingAt(index).places.map((place) => input.numbers[place]!);
  const values = chosen(dims, floatFormatOf(input), largest, numbersAt);
  if (call.int("storage_order", 0) === 1) return [values, null];
  return [
    values,
    {
      dims,
      judge: (index, given) => {
        const { value } = given;
        const { places } = meetingAt(index);
        const numbers = places.map((place) => input.numbers[place]!);
        const first = winner(numbers, largest);
        const at = places.indexOf(value);
        if (at === first) return RIGHT;
        if (at !== -1 && tiesWhenFlushed(floatFormatOf(input), numbers[at]!, numbers[first]!, given))
          return special(FLUSHED);
        if (at === -1 || !sameNumber(numbers[at]!, numbers[first]!)) return wrong(places[first] ?? NaN);
        return possible("Several elements are the largest; ONNX does not define which index is returned.");
      },
    },
  ];
};

/** The index of the first (or last) candidate that is selected; a NaN is selected before any number. */
function winner(numbers: readonly number[], choose: Choice, last = false): number {
  const best = choose(numbers);
  const isBest = (each: number): boolean => sameNumber(each, best);
  return last ? numbers.findLastIndex(isBest) : numbers.findIndex(isBest);
}

/** Axes of a reduction: an attribute before some opset, an input since then. */
export function reducedAxes(call: Call, since: number): ReadonlySet<number> {
  const { dims } = call.input(0);
  const given = call.integersSince(since, "axes", 1) ?? [];
  if (given.length > 0) return new Set(given.map((axis) => call.axis(axis, dims.length)));
  return new Set(call.int("noop_with_empty_axes", 0) === 1 ? [] : dims.map((_, axis) => axis));
}

function reducing(choose: Choice): Operator {
  return (call) => {
    const input = call.input(0);
    const placesAt = reducedPlaces(input.dims, reducedAxes(call, 18));
    const numbersAt = (index: number): readonly number[] => placesAt(index).map((place) => input.numbers[place]!);
    return chosen(null, floatFormatOf(input), choose, numbersAt);
  };
}

const SEVERAL_NAN = "Which of several NaN is selected is not defined.";

function argument(choose: Choice): Operator {
  return (call) => {
    const input = call.input(0);
    const axis = call.axis(call.int("axis", 0), input.dims.length);
    const placesAt = reducedPlaces(input.dims, new Set([axis]));
    const last = call.int("select_last_index", 0) === 1;
    return {
      dims: null,
      judge: (index, given) => {
        const { value } = given;
        const numbers = placesAt(index).map((place) => input.numbers[place]!);
        const at = winner(numbers, choose, last);
        if (value === at) return RIGHT;
        if (tiesWhenFlushed(floatFormatOf(input), numbers[value] ?? NaN, numbers[at]!, given)) return special(FLUSHED);
        return Number.isNaN(numbers[value] ?? 0) ? possible(SEVERAL_NAN) : wrong(at);
      },
    };
  };
}

export const SELECTING: Readonly<Record<string, Operator>> = {
  ArgMax: argument(largest),
  ArgMin: argument(smallest),
  Clip: clip,
  GlobalMaxPool: maxPool,
  Max: among(largest),
  MaxPool: maxPool,
  Min: among(smallest),
  ReduceMax: reducing(largest),
  ReduceMin: reducing(smallest),
  Relu: relu,
  Where: where,
};
