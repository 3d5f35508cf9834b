import { elementsOf } from "../../tensors/tensor-value.ts";
import { formatOf } from "./approximated.ts";
import { Arithmetic, eitherOf, type Estimate, exactly } from "./arithmetic.ts";
import { FLOAT_FORMATS, type FloatFormat } from "../../tensors/float-format.ts";
import { type Call, NotAnalysed } from "../call.ts";
import type { Operator, OutputJudge } from "./judge.ts";
import { type Groups, normalisedOrders, rootMeanSquareOrders, SCALINGS } from "./normal-orders.ts";
import { GAMMA } from "./reductions.ts";
import { rememberedByDialect } from "./remembered.ts";
import { groupStatistics, scaled, STATISTICS_FORMULA } from "./statistics.ts";
import { broadcastPlace } from "./strides.ts";
import { judgeWithin } from "./within.ts";

/* Normalisations of rows: contiguous elements that share a mean and a variance. */

/**
 * The type of the statistics: `stash_type`, by default float32 even for float64. Types narrower than float32 use their
 * own type's bound, which is wider.
 */
function stashOf(call: Call, format: FloatFormat): FloatFormat {
  const isStashed = call.node.op !== "GroupNormalization" || call.opset >= 21;
  const hasStash = isStashed && call.node.op !== "InstanceNormalization";
  return format.type === "float64" && hasStash && call.int("stash_type", 1) === 1 ? FLOAT_FORMATS.float32 : format;
}

/** Rows of `size` elements, each with its own statistics, and the statistics as outputs. */
function normalisedRows(
  call: Call,
  dims: readonly number[] | null,
  groups: Groups,
  epsilon: number,
): readonly OutputJudge[] {
  const { size, numbers, scale, bias } = groups;
  const format = formatOf(call.input(0));
  const stash = stashOf(call, format);
  const rowOf = (row: number): readonly number[] => Array.from({ length: size }, (_, at) => numbers(row * size + at));
  const statistics = groupStatistics(rowOf);
  const deviationOf = (arithmetic: Arithmetic, variance: Estimate): Estimate =>
    arithmetic.root(arithmetic.plus(variance, exactly(epsilon)));
  const judgeBy =
    (estimate: (arithmetic: Arithmetic, index: number) => Estimate): OutputJudge["judge"] =>
    (index, given) =>
      judgeWithin(format, estimate(new Arithmetic(stash, given.dialect, format), index), given, null);
  const bound = { formula: STATISTICS_FORMULA, n: size };
  const normalised = judgeBy((arithmetic, index) => {
    const { mean, variance } = statistics(arithmetic, Math.floor(index / size));
    return scaled(
      arithmetic,
      arithmetic.given(numbers(index)),
      mean,
      deviationOf(arithmetic, variance),
      arithmetic.given(scale(index)),
      arithmetic.given(bias(index)),
    );
  });
  const means = judgeBy((arithmetic, row) => statistics(arithmetic, row).mean);
  const inverses = judgeBy((arithmetic, row) =>
    arithmetic.over(exactly(1), deviationOf(arithmetic, statistics(arithmetic, row).variance)),
  );
  return [
    {
      dims,
      bound,
      judge: normalised,
      orders: format.type === "float32" ? normalisedOrders(groups, epsilon) : [],
      orderCost: size / SCALINGS,
    },
    { dims: null, bound, judge: means },
    { dims: null, bound, judge: inverses },
  ];
}

const layer: Operator = (call) => {
  const input = call.input(0);
  const axis = call.axis(call.int("axis", -1), input.dims.length);
  const size = elementsOf(input.dims.slice(axis));
  const scale = call.input(1);
  const bias = call.has(2) ? call.input(2) : null;
  const inner = input.dims.slice(axis);
  const ofScale = broadcastPlace(scale.dims, inner);
  const ofBias = bias && broadcastPlace(bias.dims, inner);
  return normalisedRows(
    call,
    input.dims,
    {
      size,
      numbers: (index) => input.numbers[index]!,
      scale: (index) => scale.numbers[ofScale(index % size)]!,
      bias: (index) => (bias === null ? 0 : bias.numbers[ofBias!(index % size)]!),
    },
    call.real("epsilon", 1e-5),
  );
};

/** A LayerNormalization of the sum of two inputs. With a bias, the order of the three additions is not defined. */
const skipLayer: Operator = (call) => {
  const [input, skip, scale] = [call.input(0), call.input(1), call.input(2)];
  const bias = call.has(3) ? call.input(3) : null;
  if (call.has(4)) throw new NotAnalysed("A SkipLayerNormalization with a bias for its sum is not analysed.");
  if (input.type !== "float32")
    throw new NotAnalysed("A SkipLayerNormalization of a type other than float32 is not analysed.");
  const ofSkip = broadcastPlace(skip.dims, input.dims);
  const size = input.dims.at(-1)!;
  const [normalised] = normalisedRows(
    call,
    input.dims,
    {
      size,
      numbers: (index) => Math.fround(input.numbers[index]! + skip.numbers[ofSkip(index)]!),
      scale: (index) => scale.numbers[index % size]!,
      bias: (index) => (bias === null ? 0 : bias.numbers[index % size]!),
    },
    call.real("epsilon", 1e-12),
  );
  return [normalised ?? null];
};

/** One mean and variance per image and channel group; an InstanceNormalization's group is one channel. */
function byChannels(groupsOf: (call: Call, channels: number) => number): Operator {
  return (call) => {
    const input = call.input(0);
    const [, channels = 1] = input.dims;
    const groups = groupsOf(call, channels);
    const image = elementsOf(input.dims.slice(2));
    const [scale, bias] = [call.input(1), call.input(2)];
    // Before opset 21 a GroupNormalization has one scale per group, since then one per channel.
    const share = scale.length === groups ? channels / groups : 1;
    const channelOf = (index: number): number => Math.floor((Math.floor(index / image) % channels) / share);
    const [normalised] = normalisedRows(
      call,
      input.dims,
      {
        size: (channels / groups) * image,
        numbers: (index) => input.numbers[index]!,
        scale: (index) => scale.numbers[channelOf(index)]!,
        bias: (index) => bias.numbers[channelOf(index)]!,
      },
      call.real("epsilon", 1e-5),
    );
    return [normalised ?? null];
  };
}

/** x / sqrt(mean(x^2) + epsilon) * scale */
const rootMeanSquare: Operator = (call) => {
  const input = call.input(0);
  const format = formatOf(input);
  const stash = stashOf(call, format);
  const axis = call.axis(call.int("axis", -1), input.dims.length);
  const size = elementsOf(input.dims.slice(axis));
  const scale = call.input(1);
  const ofScale = broadcastPlace(scale.dims, input.dims.slice(axis));
  const epsilon = call.real("epsilon", 1e-5);
  const rootAt = rememberedByDialect((arithmetic, row): Estimate => {
    const numbers = Array.from(input.numbers.subarray(row * size, (row + 1) * size));
    const squares = arithmetic.sum(
      numbers.map((each) => arithmetic.times(arithmetic.given(each), arithmetic.given(each))),
    );
    return arithmetic.root(arithmetic.plus(arithmetic.over(squares, exactly(size)), exactly(epsilon)));
  });
  const groups: Groups = {
    size,
    numbers: (index) => input.numbers[index]!,
    scale: (index) => scale.numbers[ofScale(index % size)]!,
    bias: () => 0,
  };
  return {
    dims: input.dims,
    bound: {
      formula: `root of the mean of squares by ${GAMMA}, combined by running error analysis (sect. 3.3)`,
      n: size,
    },
    orders: format.type === "float32" ? rootMeanSquareOrders(groups, epsilon) : [],
    orderCost: size / 3,
    judge: (index, given) => {
      const arithmetic = new Arithmetic(stash, given.dialect, format);
      const root = rootAt(arithmetic, Math.floor(index / size));
      const x = arithmetic.given(input.numbers[index]!);
      const factor = arithmetic.given(groups.scale(index));
      const divided = arithmetic.times(arithmetic.over(x, root), factor);
      const inverse = arithmetic.times(arithmetic.times(x, arithmetic.over(exactly(1), root)), factor);
      const folded = arithmetic.times(x, arithmetic.times(arithmetic.over(exactly(1), root), factor));
      return judgeWithin(format, eitherOf(divided, eitherOf(inverse, folded)), given, null);
    },
  };
};

export const NORMALISED_ROWS: Readonly<Record<string, Operator>> = {
  GroupNormalization: byChannels((call) => call.int("num_groups", 1)),
  InstanceNormalization: byChannels((_, channels) => channels),
  LayerNormalization: layer,
  RMSNormalization: rootMeanSquare,
  SimplifiedLayerNormalization: rootMeanSquare,
  SkipLayerNormalization: skipLayer,
};
