import { FLOAT_FORMATS, type FloatFormat, isFloatType } from "../float-format.ts";
import type { Elements } from "../read-elements.ts";
import { type Call, Unclaimed } from "./call.ts";
import { type Operator, type OutputJudge, possible, RIGHT, special, wrong } from "./judge.ts";
import { judgeCopy } from "./copying.ts";
import { judgeOneOf, NAN_BITS } from "./rounded-once.ts";
import { broadcastDims, broadcastPlace, coordinatesOf, placeOf, reducedPlaces, stridesOf } from "./strides.ts";
import { poolWindows } from "./window-places.ts";

/*
 * Operators that choose among their inputs and round nothing. ONNX leaves open whether a NaN wins, and which of -0 and
 * +0 is the larger; those are named, never called wrong.
 */

type Choice = (numbers: readonly number[]) => number;

const largest: Choice = (numbers) => numbers.reduce((most, each) => (each > most ? each : most), -Infinity);
const smallest: Choice = (numbers) => numbers.reduce((least, each) => (each < least ? each : least), Infinity);

function formatOf({ type }: Elements): FloatFormat | null {
  return isFloatType(type) ? FLOAT_FORMATS[type] : null;
}

/** One of the candidates at each index, chosen; with NaN among them, NaN, the choice without them, or any of them. */
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
      const numbers = candidates.filter((each) => !Number.isNaN(each));
      if (numbers.length === candidates.length) return judgeOneOf([choose(candidates)], format, given);
      if (Number.isNaN(given.value)) return special(NAN_BITS);
      return judgeOneOf([choose(numbers), NaN, ...candidates], format, given);
    },
  };
}

/** Max and Min: broadcast, and chosen at each place. */
function among(choose: Choice): Operator {
  return (call) => {
    const inputs = call.given();
    const dims = broadcastDims(inputs.map((input) => input.dims));
    const places = inputs.map((input) => broadcastPlace(input.dims, dims));
    const candidatesAt = (index: number): readonly number[] =>
      inputs.map(({ numbers }, at) => numbers[places[at]!(index)]!);
    return [chosen(dims, formatOf(call.input(0)), choose, candidatesAt)];
  };
}

const relu: Operator = (call) => {
  const input = call.input(0);
  return [chosen(input.dims, formatOf(input), largest, (index) => [0, input.numbers[index]!])];
};

const clip: Operator = (call) => {
  const input = call.input(0);
  const least = call.opset < 11 ? call.float("min", -Infinity) : call.has(1) ? call.input(1).numbers[0]! : -Infinity;
  const most = call.opset < 11 ? call.float("max", Infinity) : call.has(2) ? call.input(2).numbers[0]! : Infinity;
  return [
    {
      dims: input.dims,
      judge: (index, given) => {
        const value = input.numbers[index]!;
        const clipped = Math.min(Math.max(value, least), most);
        if (Number.isNaN(clipped))
          return Number.isNaN(given.value)
            ? special(NAN_BITS)
            : judgeOneOf([clipped, least, most], formatOf(input), given);
        if (least > most && [least, most].includes(given.value))
          return possible("The limits of the Clip are the wrong way round.");
        return judgeOneOf([clipped], formatOf(input), given);
      },
    },
  ];
};

const where: Operator = (call) => {
  const [condition, yes, no] = [call.input(0), call.input(1), call.input(2)];
  const dims = broadcastDims([condition.dims, yes.dims, no.dims]);
  const [ofCondition, ofYes, ofNo] = [condition, yes, no].map((input) => broadcastPlace(input.dims, dims));
  return [
    {
      dims,
      judge: (index, given) => {
        const otherwise = condition.numbers[ofCondition!(index)] === 0;
        // Some kernels add what each branch leaves, which turns -0 into +0.
        return otherwise ? judgeCopy(no, ofNo!(index), given, false) : judgeCopy(yes, ofYes!(index), given, false);
      },
    },
  ];
};

const maxPool: Operator = (call) => {
  const input = call.input(0);
  const { dims, meetingAt } = poolWindows(call, input);
  const numbersAt = (index: number): readonly number[] => meetingAt(index).places.map((place) => input.numbers[place]!);
  const values = chosen(dims, formatOf(input), largest, numbersAt);
  if (call.int("storage_order", 0) === 1) return [values, null];
  return [
    values,
    {
      dims,
      judge: (index, { value }) => {
        const { places } = meetingAt(index);
        const numbers = places.map((place) => input.numbers[place]!);
        if (numbers.some(Number.isNaN)) return possible("Which element wins against a NaN is left open.");
        const most = largest(numbers);
        const at = places.indexOf(value);
        if (at === -1 || numbers[at] !== most) return wrong(places[numbers.indexOf(most)]!);
        return numbers.indexOf(most) === at
          ? RIGHT
          : possible("Several elements are the largest; ONNX does not say which counts.");
      },
    },
  ];
};

/** Axes of a reduction: an attribute until some opset, an input since. */
export function reducedAxes(call: Call, since: number): ReadonlySet<number> {
  const { dims } = call.input(0);
  const given = call.integersSince(since, "axes", 1) ?? [];
  if (given.length > 0) return new Set(given.map((axis) => call.axis(axis, dims.length)));
  return new Set(call.int("noop_with_empty_axes", 0) === 1 ? [] : dims.map((_, axis) => axis));
}

function reducing(choose: Choice): Operator {
  return (call) => {
    const input = call.input(0);
    const { placesAt } = reducedPlaces(input.dims, reducedAxes(call, 18));
    const numbersAt = (index: number): readonly number[] => placesAt(index).map((place) => input.numbers[place]!);
    return [chosen(null, formatOf(input), choose, numbersAt)];
  };
}

function argument(choose: Choice): Operator {
  return (call) => {
    const input = call.input(0);
    const axis = call.axis(call.int("axis", 0), input.dims.length);
    const { placesAt } = reducedPlaces(input.dims, new Set([axis]));
    const last = call.int("select_last_index", 0) === 1;
    return [
      {
        dims: null,
        judge: (index, { value }) => {
          const numbers = placesAt(index).map((place) => input.numbers[place]!);
          if (numbers.some(Number.isNaN)) return possible("Which element wins against a NaN is left open.");
          const best = choose(numbers);
          const at = last ? numbers.lastIndexOf(best) : numbers.indexOf(best);
          return value === at ? RIGHT : wrong(at);
        },
      },
    ];
  };
}

const topK: Operator = (call) => {
  const input = call.input(0);
  const axis = call.axis(call.int("axis", -1), input.dims.length);
  const k = call.opset < 10 ? call.int("k", 1) : call.integers(1)[0]!;
  if (call.opset >= 11 && call.int("sorted", 1) === 0)
    throw new Unclaimed("A TopK that is not sorted leaves its order open.");
  const up = call.opset >= 11 && call.int("largest", 1) === 0;
  const dims = input.dims.with(axis, k);
  const strides = stridesOf(input.dims);
  const rankedAt = (index: number): { readonly along: number; readonly place: number } | null => {
    const coordinates = coordinatesOf(index, dims);
    const line = Array.from({ length: input.dims[axis]! }, (_, along) =>
      placeOf(coordinates.with(axis, along), strides),
    );
    if (line.some((place) => Number.isNaN(input.numbers[place]!))) return null;
    const sign = up ? 1 : -1;
    const ranked = line
      .map((place, along) => ({ along, place }))
      .toSorted(
        (left, right) => sign * (input.numbers[left.place]! - input.numbers[right.place]!) || left.along - right.along,
      );
    return ranked[coordinates[axis]!]!;
  };
  const open = possible("How NaN are ranked is left open.");
  return [
    {
      dims,
      judge: (index, given) => {
        const ranked = rankedAt(index);
        return ranked === null ? open : judgeOneOf([input.numbers[ranked.place]!], formatOf(input), given);
      },
    },
    {
      dims,
      judge: (index, { value }) => {
        const ranked = rankedAt(index);
        if (ranked === null) return open;
        return value === ranked.along ? RIGHT : wrong(ranked.along);
      },
    },
  ];
};

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
  TopK: topK,
  Where: where,
};
