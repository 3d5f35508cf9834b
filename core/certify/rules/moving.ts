import { isConstant, type Call } from "../call.ts";
import { channelCount, perChannel } from "../channels.ts";
import { axisOf, describeDims, type Dim, type Dims } from "../dims.ts";
import { mergedHistory } from "../history.ts";
import { outcome, type Outcome } from "../outcome.ts";
import { join, single, type Range } from "../range.ts";
import { refuse } from "../refusal.ts";
import { constantValue, floatValue, changed, wholeRange, type ConstantValue, type FloatValue } from "../value.ts";
import type { OperatorRules } from "../operator-rule.ts";

const RULE = "elements only change their places";

function transpose(call: Call): Outcome {
  call.allow("perm");
  const x = call.float(0);
  if (x.dims === null) return outcome(changed(x, { ranges: [wholeRange(x)] }), RULE);
  const rank = x.dims.length;
  const perm = call.ints("perm") ?? x.dims.map((_, axis) => rank - 1 - axis);
  if (perm.toSorted((a, b) => a - b).some((axis, at) => axis !== at) || perm.length !== rank) {
    refuse(`Its perm [${perm.join(", ")}] does not order the axes of ${describeDims(x.dims)}.`);
  }
  if (isConstant(x)) return outcome(transposed(x, perm), RULE);
  const dims = perm.map((axis) => x.dims![axis]!);
  return outcome(changed(x, { dims, ranges: perm[1] === 1 ? x.ranges : [wholeRange(x)] }), RULE);
}

function transposed({ constant, dims }: ConstantValue, perm: readonly number[]): ConstantValue {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  const target = perm.map((axis) => dims[axis]!);
  const index = target.map(() => 0);
  const data = constant.map(() => {
    const element = constant[index.reduce((at, position, axis) => at + position * strides[perm[axis]!]!, 0)]!;
    for (let axis = index.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis]! + 1) % target[axis]!;
      if (index[axis] !== 0) break;
    }
    return element;
  });
  return constantValue(data, target);
}

/** Pads are an attribute up to opset 10, an input from 11 on, and name their axes from 18 on. */
function pad(call: Call): Outcome {
  call.allow("mode", ...(call.opset < 11 ? ["pads", "value"] : []));
  const x = call.float(0);
  const mode = call.text("mode", "constant");
  if (!["constant", "edge", "reflect"].includes(mode)) refuse(`The rule does not support its mode "${mode}".`);
  const filler = mode === "constant" ? fillerOf(call) : null;
  const pads = padsByAxis(call, x.dims);
  const dims = x.dims && x.dims.map((dim, axis) => paddedDim(dim, pads[axis]!, call.unknownSize(axis)));
  const grows = pads.some(([before, after]) => before > 0 || after > 0);
  const channelsStay = (pads[1] ?? [0, 0]).every((count) => count === 0);
  const kept = channelsStay ? x.ranges : [wholeRange(x)];
  const output = floatValue({
    dims,
    ranges: grows && filler !== null ? kept.map((range) => join(range, single(filler))) : kept,
    negativeZero: Object.is(filler, -0) ? "it pads with -0" : x.negativeZero,
    history: grows && !x.history.padded ? { ...x.history, padded: true, unpadded: x.dims } : x.history,
  });
  return outcome(
    output,
    filler === null ? RULE : "elements only change their places, and the padding lies on the grid",
  );
}

function fillerOf(call: Call): number {
  if (call.opset < 11) return call.unsigned("value", 0);
  const value = call.optionalConstant(2, "padding values");
  return value === null ? 0 : (value.constant[0] ?? 0);
}

function padsByAxis(call: Call, dims: Dims | null): readonly (readonly [number, number])[] {
  const flat = call.opset < 11 ? (call.ints("pads") ?? refuse("It has no pads.")) : call.numbers(1);
  const half = flat.length / 2;
  const rank = dims?.length ?? half;
  const named =
    call.opset >= 18 && call.value(3) !== null ? call.numbers(3) : Array.from({ length: rank }, (_, axis) => axis);
  if (named.length !== half || (dims === null && call.value(3) !== null)) refuse("It does not have two pads per axis.");
  const axes = named.map((axis) => axisOf(axis, rank));
  // ONNX Runtime 1.30 does so from level `basic` on.
  if (axes.length !== rank || axes.some((axis, at) => axis !== at))
    refuse(
      `Its pads are for the axes ${named.join(", ")}; an optimiser that moves a Transpose past it applies them to all axes in order. Give pads for every axis in order.`,
    );
  return axes.map((axis) => [flat[axis]!, flat[axis + half]!]);
}

function paddedDim(dim: Dim, [before, after]: readonly [number, number], unknown: string): Dim {
  if (before === 0 && after === 0) return dim;
  if (typeof dim === "string") return unknown;
  return dim + before + after > 0 ? dim + before + after : refuse("Its negative pads remove a whole axis.");
}

function concat(call: Call): Outcome {
  call.allow("axis");
  const axis = call.attribute("axis", "int") === null ? refuse("It names no axis.") : call.int("axis", 0);
  if (call.inputs.length === 0) refuse("It has no inputs.");
  if (call.inputs.every((value) => value?.kind === "integers")) {
    const lists = call.inputs.map((_, index) => call.integers(index));
    if (lists.some(({ dims }) => dims.length !== 1)) refuse("For integers, the rule covers only lists.");
    axisOf(axis, 1);
    const elements = lists.flatMap((list) => list.elements);
    return outcome({ kind: "integers", dims: [elements.length], elements }, RULE);
  }
  const all = call.inputs.map((_, index) => call.float(index));
  const negativeZero = all.find((each) => each.negativeZero !== null)?.negativeZero ?? null;
  const history = mergedHistory(all.map((each) => each.history));
  const { dims, ranges } = joined(call, all, axis);
  return outcome(floatValue({ dims, ranges, negativeZero, history }), RULE);
}

function joined(call: Call, all: readonly FloatValue[], signed: number): Pick<FloatValue, "dims" | "ranges"> {
  const shapes = all.map(({ dims }) => dims);
  const hull = (): readonly Range[] => [all.map(wholeRange).reduce(join)];
  if (!shapes.every((dims) => dims !== null)) return { dims: null, ranges: hull() };
  const first = shapes[0]!;
  const axis = axisOf(signed, first.length);
  if (shapes.some((dims) => dims.length !== first.length))
    refuse(`It joins shapes of different ranks: ${shapes.map(describeDims).join(" and ")}.`);
  const sizes = shapes.map((dims) => dims[axis]!);
  const total = sizes.every((size) => typeof size === "number")
    ? sizes.reduce((sum, size) => sum + size, 0)
    : call.unknownSize(axis);
  const dims = first.with(axis, total);
  if (axis !== 1) return { dims, ranges: perChannel(dims, all, (ranges) => ranges.reduce(join)) };
  if (typeof total === "string") return { dims, ranges: hull() };
  return { dims, ranges: all.flatMap(channelsOf) };
}

function channelsOf(value: FloatValue): readonly Range[] {
  const count = value.dims![1] as number;
  return value.ranges.length === count ? value.ranges : Array.from<Range>({ length: count }).fill(wholeRange(value));
}

function depthToSpace(call: Call): Outcome {
  call.allow("blocksize", ...(call.opset >= 11 ? ["mode"] : []));
  return blocks(
    call,
    (channels, block) => channels / block ** 2,
    (size, block) => size * block,
  );
}

function spaceToDepth(call: Call): Outcome {
  call.allow("blocksize");
  return blocks(
    call,
    (channels, block) => channels * block ** 2,
    (size, block) => size / block,
  );
}

function blocks(
  call: Call,
  depth: (channels: number, block: number) => number,
  side: (size: number, block: number) => number,
): Outcome {
  const x = call.float(0);
  const block = call.int("blocksize", 0);
  if (x.dims?.length !== 4 || block < 1) refuse(`Blocks of ${block} do not fit the shape ${describeDims(x.dims)}.`);
  const [batch, channels, ...sides] = x.dims as readonly [Dim, ...Dim[]];
  const resized = [apply(channels!, depth, 1), ...sides.map((size, at) => apply(size, side, at + 2))];
  return outcome(changed(x, { dims: [batch, ...resized], ranges: [wholeRange(x)] }), RULE);

  function apply(dim: Dim, change: (size: number, block: number) => number, axis: number): Dim {
    if (typeof dim === "string") return call.unknownSize(axis);
    const size = change(dim, block);
    return Number.isInteger(size)
      ? size
      : refuse(`The shape ${describeDims(x.dims)} cannot be divided into blocks of ${block}.`);
  }
}

/** Ranges of some indices of axis 1. */
export function selected(x: FloatValue, indices: readonly number[]): readonly Range[] {
  const many = x.ranges.length > 1 && x.ranges.length === channelCount(x.dims);
  return many && indices.length > 0 ? indices.map((index) => x.ranges[index]!) : [wholeRange(x)];
}

export const MOVING: OperatorRules = {
  Concat: { rule: concat, rows: "not followed" },
  DepthToSpace: { rule: depthToSpace, rows: "each row" },
  Pad: { rule: pad, rows: "not followed" },
  SpaceToDepth: { rule: spaceToDepth, rows: "each row" },
  Transpose: { rule: transpose, rows: "not followed" },
};
