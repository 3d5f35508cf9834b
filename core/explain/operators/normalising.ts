import { elementsOf } from "../../tensors/tensor-value.ts";
import { formatOf } from "./approximated.ts";
import { Arithmetic, eitherOf, type Estimate, exactly } from "./arithmetic.ts";
import { NotAnalysed } from "../call.ts";
import type { Judgement, Operator } from "./judge.ts";
import { scalingOrders } from "./normal-orders.ts";
import { NORMALISED_ROWS } from "./normalised-rows.ts";
import { GAMMA, normOf } from "./reductions.ts";
import { groupStatistics, scaled, STATISTICS_FORMULA } from "./statistics.ts";
import { broadcastPlace, reducedPlaces } from "./strides.ts";
import { judgeByEither, judgeWithin } from "./within.ts";

/* Normalisations by given statistics, or over axes that are not contiguous. */

const batch: Operator = (call) => {
  const input = call.input(0);
  if (call.int("training_mode", 0) === 1)
    throw new NotAnalysed("A BatchNormalization in training mode is not analysed.");
  const format = formatOf(input);
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((at) => call.input(at).numbers);
  const image = elementsOf(input.dims.slice(2));
  const channels = input.dims[1] ?? 1;
  const epsilon = exactly(call.real("epsilon", 1e-5));
  const channelOf = (index: number): number => Math.floor(index / image) % channels;
  const orders = scalingOrders(
    (index) => ({ mean: mean![channelOf(index)]!, variance: variance![channelOf(index)]! }),
    (index) => ({ x: input.numbers[index]!, scale: scale![channelOf(index)]!, bias: bias![channelOf(index)]! }),
    epsilon.value,
  );
  return {
    dims: input.dims,
    orders: format.type === "float32" ? orders : [],
    bound: {
      formula:
        "(x - mean) / sqrt(variance + epsilon) * scale + bias, folded or not, by running error analysis (Higham, sect. 3.3)",
      n: 6,
    },
    judge: (index, given) => {
      const channel = channelOf(index);
      const arithmetic = new Arithmetic(format, given.dialect);
      const deviation = arithmetic.root(arithmetic.plus(arithmetic.given(variance![channel]!), epsilon));
      const [x, m, s, b] = [input.numbers[index]!, mean![channel]!, scale![channel]!, bias![channel]!].map((each) =>
        arithmetic.given(each),
      );
      return judgeWithin(format, scaled(arithmetic, x!, m!, deviation, s!, b!), given, null);
    },
  };
};

const TWO_FORMULAS = "ONNX's text and its function body define different results here. Either is accepted.";

/**
 * ONNX has two formulas: its text says (x - E[x]) / sqrt(E[(x - E[x])^2]), and its function body adds 1e-9 to the root.
 * ONNX Runtime's CPU kernel follows the text. They differ if the deviation is close to 1e-9, and either result is
 * right.
 */
const meanVariance: Operator = (call) => {
  const input = call.input(0);
  const format = formatOf(input);
  const axes = (call.ints("axes") ?? [0, 2, 3]).map((axis) => call.axis(axis, input.dims.length));
  const reduced = new Set(axes);
  const placesAt = reducedPlaces(input.dims, reduced);
  const groupDims = input.dims.map((size, axis) => (reduced.has(axis) ? 1 : size));
  const groupOf = broadcastPlace(groupDims, input.dims);
  const statistics = groupStatistics((arithmetic, group) =>
    placesAt(group).map((place) => arithmetic.given(input.numbers[place]!)),
  );
  const size = elementsOf([...reduced].map((axis) => input.dims[axis]!));
  return {
    dims: input.dims,
    bound: { formula: STATISTICS_FORMULA, n: size },
    judge: (index, given) => {
      const arithmetic = new Arithmetic(format, given.dialect);
      const { mean, variance } = statistics(arithmetic, groupOf(index));
      const deviation = arithmetic.root(variance);
      const x = arithmetic.given(input.numbers[index]!);
      const judgeBy = (divisor: Estimate): Judgement =>
        judgeWithin(format, scaled(arithmetic, x, mean, divisor, exactly(1), exactly(0)), given, null);
      return judgeByEither(
        judgeBy(deviation),
        judgeBy(arithmetic.plus(deviation, exactly(Math.fround(1e-9)))),
        TWO_FORMULAS,
      );
    },
  };
};

const lpNormal: Operator = (call) => {
  const input = call.input(0);
  const format = formatOf(input);
  const axis = call.axis(call.int("axis", -1), input.dims.length);
  const norm = normOf(call.int("p", 2));
  const placesAt = reducedPlaces(input.dims, new Set([axis]));
  const lineOf = broadcastPlace(input.dims.with(axis, 1), input.dims);
  return {
    dims: input.dims,
    bound: { formula: `the norm by ${GAMMA}, then one division (sect. 3.3)`, n: input.dims[axis]! },
    judge: (index, given) => {
      const arithmetic = new Arithmetic(format, given.dialect);
      const line = placesAt(lineOf(index)).map((place) => input.numbers[place]!);
      return judgeWithin(
        format,
        arithmetic.over(arithmetic.given(input.numbers[index]!), norm(arithmetic, line, 0)),
        given,
        null,
      );
    },
  };
};

/**
 * x / (bias + alpha / size * sum x^2 over adjacent channels) ^ beta; the power is an approximated function.
 *
 * ONNX Runtime's kernel, which supports float32 only, keeps a running sum over the channels: it adds the square that
 * enters the window and subtracts the one that leaves. That cancels, so the error depends on all squares so far, not
 * only on the window's: after a channel of large numbers, little may remain of small ones.
 */
const localResponse: Operator = (call) => {
  const input = call.input(0);
  const format = formatOf(input);
  const size = call.int("size", 1);
  const [alpha, beta, bias] = [call.real("alpha", 0.0001), call.real("beta", 0.75), call.real("bias", 1)];
  const channels = input.dims[1] ?? 1;
  const image = elementsOf(input.dims.slice(2));
  const runs = format.type === "float32";
  const soFar = runs ? squaresSoFar(input.numbers, channels, image) : null;
  /** Each square is added and may be subtracted from sums no larger than the total; three roundings produced it. */
  const running = (arithmetic: Arithmetic, index: number, most: number, { value }: Estimate): Estimate => {
    const channel = Math.floor(index / image) % channels;
    const reach = 2 * (Math.abs(alpha) / size) * soFar![index + (most - channel) * image]!;
    return { value, ...arithmetic.products(2 * (most + 1) + 1, 3, Math.abs(bias) + reach) };
  };
  return {
    dims: input.dims,
    bound: {
      formula: `the squares${runs ? " of all channels so far, added and subtracted," : ""} by ${GAMMA}, the power within 8 ULP (WGSL: 2^(y log2 x)), by running error analysis (sect. 3.3)`,
      n: runs ? 2 * channels : size,
    },
    judge: (index, given) => {
      const arithmetic = new Arithmetic(format, given.dialect);
      const channel = Math.floor(index / image) % channels;
      const least = Math.max(0, channel - Math.floor((size - 1) / 2));
      const most = Math.min(channels - 1, channel + Math.ceil((size - 1) / 2));
      const squares = Array.from({ length: most - least + 1 }, (_, at) => {
        const x = arithmetic.given(input.numbers[index + (least + at - channel) * image]!);
        return arithmetic.times(x, x);
      });
      const factor = arithmetic.over(exactly(alpha), exactly(size));
      const direct = arithmetic.plus(exactly(bias), arithmetic.times(factor, arithmetic.sum(squares)));
      const base = soFar === null ? direct : eitherOf(direct, running(arithmetic, index, most, direct));
      const power = powerOf(arithmetic, base, -beta);
      return judgeWithin(
        format,
        arithmetic.times(arithmetic.given(input.numbers[index]!), power),
        given,
        "APPROXIMATED_FUNCTION",
      );
    },
  };
};

/** For each element, the sum of squares at its position in all channels up to its own. */
function squaresSoFar(numbers: Float64Array, channels: number, image: number): Float64Array {
  const sums = new Float64Array(numbers.length);
  for (let index = 0; index < numbers.length; index++) {
    const isFirst = Math.floor(index / image) % channels === 0;
    sums[index] = numbers[index]! ** 2 + (isFirst ? 0 : sums[index - image]!);
  }
  return sums;
}

/** base^exponent for a positive base. The power's own error counts twice, for 1 / base^-exponent. */
function powerOf(arithmetic: Arithmetic, { value, error }: Estimate, exponent: number): Estimate {
  const power = value ** exponent;
  if (!(value - error > 0)) return { value: power, error: Infinity };
  const logarithm = Math.abs(Math.log2(value) * exponent);
  const ulps = arithmetic.dialect === "ieee" ? 10 : 12 + 10 * logarithm + 16 * Math.abs(exponent);
  return arithmetic.settle(power, power * Math.expm1((Math.abs(exponent) * error) / (value - error)), ulps);
}

export const NORMALISING: Readonly<Record<string, Operator>> = {
  ...NORMALISED_ROWS,
  BatchNormalization: batch,
  LRN: localResponse,
  LpNormalization: lpNormal,
  MeanVarianceNormalization: meanVariance,
};
