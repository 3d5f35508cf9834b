import { elementsOf } from "../../tensors/tensor-value.ts";
import { formatOf } from "./approximated.ts";
import { Arithmetic, eitherOf, type Estimate, exactly } from "./arithmetic.ts";
import { FLOAT_FORMATS, type FloatFormat } from "../../tensors/float-format.ts";
import type { Call } from "../call.ts";
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

/** An element to be normalised, which may itself be a rounded sum. */
type NumberAt = (arithmetic: Arithmetic, index: number) => Estimate;

function normalisedRows(
  call: Call,
  dims: readonly number[] | null,
  groups: Groups,
  epsilon: number,
  numberAt: NumberAt = (arithmetic, index) => arithmetic.given(groups.numbers(index)),
): readonly OutputJudge[] {
  const { size, scale, bias } = groups;
  const format = formatOf(call.input(0));
  const stash = stashOf(call, format);
  const statistics = groupStatistics((arithmetic, row) =>
    Array.from({ length: size }, (_, at) => numberAt(arithmetic, row * size + at)),
  );
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
      numberAt(arithmetic, index),
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

/** The sum of an input, its skip and a bias, and the judge of that sum as an output. The order of two additions is open. */
function skipSum(call: Call, ofBias: number): { readonly numberAt: NumberAt; readonly sum: OutputJudge } {
  const [input, skip] = [call.input(0), call.input(1)];
  const format = formatOf(input);
  const bias = call.has(ofBias) ? call.input(ofBias) : null;
  const ofSkip = broadcastPlace(skip.dims, input.dims);
  const numberAt: NumberAt = (arithmetic, index) => {
    const terms = [
      input.numbers[index]!,
      skip.numbers[ofSkip(index)]!,
      ...(bias ? [bias.numbers[index % bias.length]!] : []),
    ];
    return arithmetic.sum(terms.map((each) => arithmetic.given(each)));
  };
  const judge: OutputJudge["judge"] = (index, given) =>
    judgeWithin(format, numberAt(new Arithmetic(format, given.dialect), index), given, null);
  return { numberAt, sum: { dims: input.dims, judge } };
}

/** A LayerNormalization of a sum. Its orders are searched only where the sum is one exact rounding. */
const skipLayer: Operator = (call) => {
  const [input, skip, scale] = [call.input(0), call.input(1), call.input(2)];
  const bias = call.has(3) ? call.input(3) : null;
  const isRounded = !call.has(4) && input.type === "float32";
  const ofSkip = broadcastPlace(skip.dims, input.dims);
  const size = input.dims.at(-1)!;
  const { numberAt, sum } = skipSum(call, 4);
  const [normalised, mean, inverse] = normalisedRows(
    call,
    input.dims,
    {
      size,
      numbers: (index) => Math.fround(input.numbers[index]! + skip.numbers[ofSkip(index)]!),
      scale: (index) => scale.numbers[index % size]!,
      bias: (index) => (bias === null ? 0 : bias.numbers[index % size]!),
    },
    call.real("epsilon", 1e-12),
    isRounded ? undefined : numberAt,
  );
  return [isRounded ? normalised! : { ...normalised!, orders: [] }, mean!, inverse!, sum];
};

/** A SimplifiedLayerNormalization of a sum. */
const skipRootMeanSquare: Operator = (call) => {
  const [input, scale] = [call.input(0), call.input(2)];
  const size = input.dims.at(-1)!;
  const { numberAt, sum } = skipSum(call, 3);
  const judge = rootMeanSquareJudge(call, {
    size,
    scale: (index) => scale.numbers[index % size]!,
    epsilon: call.real("epsilon", 1e-12),
    numberAt,
  });
  return [{ dims: input.dims, bound: { formula: ROOT_FORMULA, n: size }, judge }, null, null, sum];
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

const ROOT_FORMULA = `root of the mean of squares by ${GAMMA}, combined by running error analysis (sect. 3.3)`;

interface RootMeanSquare extends Pick<Groups, "size" | "scale"> {
  readonly epsilon: number;
  readonly numberAt: NumberAt;
}

/** x / sqrt(mean(x^2) + epsilon) * scale */
function rootMeanSquareJudge(call: Call, { size, scale, epsilon, numberAt }: RootMeanSquare): OutputJudge["judge"] {
  const format = formatOf(call.input(0));
  const stash = stashOf(call, format);
  const rootAt = rememberedByDialect((arithmetic, row): Estimate => {
    const numbers = Array.from({ length: size }, (_, at) => numberAt(arithmetic, row * size + at));
    const squares = arithmetic.sum(numbers.map((each) => arithmetic.times(each, each)));
    return arithmetic.root(arithmetic.plus(arithmetic.over(squares, exactly(size)), exactly(epsilon)));
  });
  return (index, given) => {
    const arithmetic = new Arithmetic(stash, given.dialect, format);
    const root = rootAt(arithmetic, Math.floor(index / size));
    const x = numberAt(arithmetic, index);
    const factor = arithmetic.given(scale(index));
    const divided = arithmetic.times(arithmetic.over(x, root), factor);
    const inverse = arithmetic.times(arithmetic.times(x, arithmetic.over(exactly(1), root)), factor);
    const folded = arithmetic.times(x, arithmetic.times(arithmetic.over(exactly(1), root), factor));
    return judgeWithin(format, eitherOf(divided, eitherOf(inverse, folded)), given, null);
  };
}

const rootMeanSquare: Operator = (call) => {
  const input = call.input(0);
  const axis = call.axis(call.int("axis", -1), input.dims.length);
  const size = elementsOf(input.dims.slice(axis));
  const scale = call.input(1);
  const ofScale = broadcastPlace(scale.dims, input.dims.slice(axis));
  const epsilon = call.real("epsilon", 1e-5);
  const groups: Groups = {
    size,
    numbers: (index) => input.numbers[index]!,
    scale: (index) => scale.numbers[ofScale(index % size)]!,
    bias: () => 0,
  };
  const numberAt: NumberAt = (arithmetic, index) => arithmetic.given(input.numbers[index]!);
  return {
    dims: input.dims,
    bound: { formula: ROOT_FORMULA, n: size },
    orders: input.type === "float32" ? rootMeanSquareOrders(groups, epsilon) : [],
    orderCost: size / 3,
    judge: rootMeanSquareJudge(call, { size, scale: groups.scale, epsilon, numberAt }),
  };
};

export const NORMALISED_ROWS: Readonly<Record<string, Operator>> = {
  GroupNormalization: byChannels((call) => call.int("num_groups", 1)),
  InstanceNormalization: byChannels((_, channels) => channels),
  LayerNormalization: layer,
  RMSNormalization: rootMeanSquare,
  SimplifiedLayerNormalization: rootMeanSquare,
  SkipLayerNormalization: skipLayer,
  SkipSimplifiedLayerNormalization: skipRootMeanSquare,
};
