import type { CheckedNode, Derived, Rule, Rules } from "./node.ts";
import {
  add,
  exponentOf,
  holdsZero,
  hull,
  inZone,
  magnitude,
  range,
  sameRange,
  scale,
  single,
  unitOfBits,
  withZero,
  ZERO,
  type Range,
} from "./range.ts";
import { reject } from "./rejection.ts";
import { shown, type Dim, type Dims } from "./sizes.ts";
import { floats, NO_TRAIL, rangeAt, rangesAlong, whole, type FloatTensor } from "./tensor.ts";
import { AFTER_CONV, afterScale, mergedTrail } from "./trail.ts";
import { misreadsChannels, mixesGroups, overlooksPads } from "./webgpu.ts";
import { isPadded, slidDims, WINDOW_ATTRIBUTES, windows } from "./windows.ts";

/** TF32 keeps 11 significant bits of a factor. */
const TF32_UNITS = 2 ** 11;

/** Neighbouring weights, `step` apart, that meet elements of one range. */
interface Run {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly x: Range;
}

/** One run per stretch of equal ranges; each range covers `each` weights. */
function runsOf(ranges: readonly Range[], start: number, step: number, each: number): readonly Run[] {
  const runs: Run[] = [];
  for (const [at, x] of ranges.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && sameRange(last.x, x)) runs[runs.length - 1] = { ...last, count: last.count + each };
    else runs.push({ start: start + at * each * step, step, count: each, x });
  }
  return runs;
}

interface Sum {
  readonly range: Range;
  readonly tooWide: boolean;
}

/** sum(w * x) + addend for one output element, and whether its weights are too wide for TF32. */
function weightedSum(weights: Float32Array, bits: Uint32Array, runs: readonly Run[], addend: Range): Sum {
  let sum = addend;
  let finest = Infinity;
  let widest = 0;
  for (const { start, step, count, x } of runs) {
    let unit = Infinity;
    let positive = 0;
    let negative = 0;
    for (let at = start, left = count; left > 0; at += step, left--) {
      const weight = weights[at]!;
      if (weight === 0) continue;
      if (weight > 0) positive += weight;
      else negative -= weight;
      unit = Math.min(unit, unitOfBits(bits[at]!));
      widest = Math.max(widest, Math.abs(weight));
    }
    finest = Math.min(finest, unit);
    if (unit === Infinity) continue;
    // These doubles are exact below 2^53 units. A sum that reaches 2^53 stays at or above it, far beyond 2^24.
    const up = BigInt(positive / 2 ** unit);
    const down = BigInt(negative / 2 ** unit);
    const [lo, hi] = [up * x.lo - down * x.hi, up * x.hi - down * x.lo];
    sum = add(sum, range(unit + x.unit, lo, hi, (up + down) * magnitude(x)));
  }
  return { range: sum, tooWide: widest / 2 ** finest > TF32_UNITS };
}

interface Product {
  readonly x: FloatTensor;
  readonly weights: Float32Array;
  /** Per output channel. */
  readonly runs: readonly (readonly Run[])[];
  readonly addends: readonly Range[];
}

function products({ x, weights, runs, addends }: Product): Required<Pick<Derived, "sums" | "tooWideForTf32">> {
  const bits = new Uint32Array(weights.buffer, weights.byteOffset, weights.length);
  const sums = runs.map((each, channel) => weightedSum(weights, bits, each, rangeAt(addends, channel)));
  const wideInput = x.ranges.some((each) => magnitude(each) > TF32_UNITS);
  return { sums: sums.map((each) => each.range), tooWideForTf32: wideInput || sums.some(({ tooWide }) => tooWide) };
}

/** Conv with constant weights [outputs, inputs / group, kernel...]. */
const conv: Rule = (node) => {
  node.allow("group", ...WINDOW_ATTRIBUTES);
  const x = node.operand(0);
  const { data: weights, dims } = node.constant(1);
  const [outputs = 0, each = 0, ...kernel] = dims;
  const said = node.list("kernel_shape") ?? kernel;
  if (kernel.length === 0 || said.join() !== kernel.join())
    reject(`The weights of shape ${shown(dims)} do not fit a Conv with the kernel [${said.join(", ")}].`);
  const axes = windows(node, kernel, x.dims);
  const group = node.integer("group", 1);
  const inputs = each * group;
  const fits = group >= 1 && outputs % group === 0 && (typeof x.dims[1] === "string" || x.dims[1] === inputs);
  if (!fits) reject(`The weights ${shown(dims)} in ${group} groups do not fit the input ${shown(x.dims)}.`);
  const bias = node.has(2) ? node.constant(2).data : null;
  if (bias !== null && bias.length !== outputs) reject(`It has ${bias.length} biases for ${outputs} channels.`);
  const taps = kernel.reduce((product, size) => product * size, 1);
  // A padding 0 may take the place of any element.
  const seen = axes.some(isPadded) ? x.ranges.map(withZero) : x.ranges;
  const runs = Array.from({ length: outputs }, (_, output) => {
    const first = Math.floor(output / (outputs / group)) * each;
    const start = output * each * taps;
    if (seen.length !== inputs) return [{ start, step: 1, count: each * taps, x: hull(seen) }];
    return runsOf(seen.slice(first, first + each), start, 1, taps);
  });
  const addends = bias === null ? [ZERO] : Array.from(bias, single);
  const { sums, tooWideForTf32 } = products({ x, weights, runs, addends });
  return {
    tensor: floats({
      dims: slidDims(x.dims, outputs, axes),
      ranges: sums,
      mayBeNegativeZero: bias === null || bias.some((element) => Object.is(element, -0)),
      trail: AFTER_CONV,
    }),
    sums,
    tooWideForTf32,
    otherAlgorithm: axes.some(({ stride }) => stride === 1),
    webgpuFault:
      misreadsChannels(group, inputs, outputs) || mixesGroups(group, outputs) || overlooksPads(axes, x.trail),
  };
};

/** MatMul with a constant matrix on the right. */
const matMul: Rule = (node) => {
  node.allow();
  const x = node.operand(0);
  const { data: weights, dims: shape } = node.constant(1);
  const [depth = 0, width = 0] = shape;
  if (shape.length !== 2) reject(`The right-hand factor has the shape ${shown(shape)} and is not a matrix.`);
  const features = featuresOf(x, x.dims, depth);
  const runs = columns(features, { depth, width, step: width, next: 1 });
  const { sums, tooWideForTf32 } = products({ x, weights, runs, addends: [ZERO] });
  const dims = [...x.dims.slice(0, -1), width];
  const ranges = dims.length === 2 ? sums : [hull(sums)];
  return { tensor: floats({ dims, ranges, mayBeNegativeZero: true }), sums, tooWideForTf32 };
};

/** The ranges of the axis that is summed over: one per feature, or one for all. */
function featuresOf({ ranges }: FloatTensor, dims: Dims, depth: number): readonly Range[] {
  const last = dims.at(-1);
  if (last === undefined || (typeof last === "number" && last !== depth))
    reject(`The weights sum over ${depth} features, which does not fit the input ${shown(dims)}.`);
  return dims.length === 2 && ranges.length === depth ? ranges : [hull(ranges)];
}

interface Matrix {
  readonly depth: number;
  readonly width: number;
  /** From one weight of a column to the next, and from one column to the next. */
  readonly step: number;
  readonly next: number;
}

function columns(features: readonly Range[], { depth, width, step, next }: Matrix): readonly (readonly Run[])[] {
  const each = features.length === 1 ? depth : 1;
  return Array.from({ length: width }, (_, column) => runsOf(features, column * next, step, each));
}

/** alpha * A' * B' + beta * C with a constant B; C may depend on the input. */
const gemm: Rule = (node) => {
  node.allow("alpha", "beta", "transA", "transB");
  const x = node.operand(0);
  const { data: weights, dims: shape } = node.constant(1);
  if (x.dims.length !== 2 || shape.length !== 2) reject(`${shown(x.dims)} or ${shown(shape)} is not a matrix.`);
  const transposed = node.integer("transB", 0) !== 0;
  const [depth, width] = (transposed ? shape.toReversed() : shape) as [number, number];
  const [alpha, beta] = [factor(node, "alpha"), factor(node, "beta")];
  const turned = node.integer("transA", 0) !== 0;
  const along = turned ? { ...x, ranges: [whole(x)] } : x;
  const [rows, last] = (turned ? x.dims.toReversed() : x.dims) as [Dim, Dim];
  const features = featuresOf(along, [rows, last], depth).map(alpha.scaled);
  const strides = transposed ? { step: 1, next: depth } : { step: width, next: 1 };
  const runs = columns(features, { depth, width, ...strides });
  const c = node.has(2) ? node.operand(2) : null;
  const dims = [rows, width];
  // C may be smaller than the product, but not larger.
  const missing = dims.length - (c?.dims.length ?? 0);
  if (missing < 0 || c?.dims.some((size, axis) => size !== 1 && size !== dims[axis + missing]))
    reject(`C does not broadcast to ${shown(dims)}.`);
  const addends = c === null ? [ZERO] : rangesAlong(c, dims).map(beta.scaled);
  const { sums, tooWideForTf32 } = products({ x, weights, runs, addends });
  const mayBeNegativeZero = c === null || c.mayBeNegativeZero || (beta.negative && addends.some(holdsZero));
  // alpha is multiplied with the scales before the product, or with those after it.
  afterScale(x.trail, [alpha.exponent]);
  const trails = [afterScale(NO_TRAIL, [alpha.exponent])];
  if (c !== null) trails.push({ ...NO_TRAIL, scales: afterScale(c.trail, [beta.exponent]).scales });
  const tensor = floats({ dims, ranges: sums, mayBeNegativeZero, trail: mergedTrail(trails) });
  return { tensor, sums, tooWideForTf32 };
};

interface Factor {
  readonly negative: boolean;
  readonly exponent: number;
  readonly scaled: (of: Range) => Range;
}

function factor(node: CheckedNode, name: "alpha" | "beta"): Factor {
  const value = node.real(name, 1);
  const exponent = exponentOf(value);
  if (exponent === null || !inZone(single(value))) return reject(`${name} is ${value}, not a power of two in range.`);
  return { negative: value < 0, exponent, scaled: (of) => scale(of, value < 0, exponent) };
}

/** Sums of products with constant weights. */
export const PRODUCTS: Rules = { Conv: conv, Gemm: gemm, MatMul: matMul };
