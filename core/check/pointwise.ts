import type { CheckedNode, Derived, Rule } from "./node.ts";
import {
  add,
  exponentOf,
  finished,
  greater,
  holdsZero,
  hull,
  lesser,
  magnitude,
  negate,
  range,
  scale,
  single,
  ZERO,
  type Range,
} from "./range.ts";
import { reject } from "./rejection.ts";
import { broadcast, type Dims } from "./sizes.ts";
import { floats, perChannel, rangeAt, rangesAlong, whole, type FloatTensor, type Trail } from "./tensor.ts";
import { afterActivation, afterScale, afterSum, mergedTrail } from "./trail.ts";
import { forgottenClamp } from "./webgpu.ts";

const FLOAT32_MAX = 3.4028234663852886e38;

/** Add, Sub and Sum: the terms of both sides are one sum, because optimisers make one of them. */
export const addition: Rule = (node) => summed(node, 2, plus);
export const sum: Rule = (node) => summed(node, node.inputs.length, plus);
export const subtraction: Rule = (node) => summed(node, 2, minus);

type Combine = (left: FloatTensor, right: FloatTensor) => FloatTensor;

function summed(node: CheckedNode, count: number, combine: Combine): Derived {
  node.allow();
  const tensor = operands(node, count).reduce((left, right) => combine(left, right));
  return { tensor, sums: tensor.ranges };
}

function operands(node: CheckedNode, count: number): readonly FloatTensor[] {
  if (count === 0) reject("It has no inputs.");
  return Array.from({ length: count }, (_, index) => node.operand(index));
}

/** -0 + +0 is +0, but an optimiser may drop the addition of a constant 0 and let the -0 through. */
function plus(left: FloatTensor, right: FloatTensor): FloatTensor {
  const dims = broadcast(left.dims, right.dims);
  return floats({
    dims,
    ranges: perChannel(dims, [left, right], (ranges) => ranges.reduce(add)),
    mayBeNegativeZero:
      (left.mayBeNegativeZero && (right.mayBeNegativeZero || isZero(right))) ||
      (right.mayBeNegativeZero && isZero(left)),
    trail: sumTrail(left, right),
  });
}

/** x - y is -0 for x = -0 and y = +0 alone. */
function minus(left: FloatTensor, right: FloatTensor): FloatTensor {
  const dims = broadcast(left.dims, right.dims);
  return floats({
    dims,
    ranges: perChannel(dims, [left, right], ([a, b]) => add(a!, negate(b!))),
    mayBeNegativeZero: left.mayBeNegativeZero,
    trail: sumTrail(left, right),
  });
}

function sumTrail(left: FloatTensor, right: FloatTensor): Trail {
  return mergedTrail([afterSum(left.trail, isZero(right)), afterSum(right.trail, isZero(left))]);
}

function isZero(tensor: FloatTensor): boolean {
  return whole(tensor) === ZERO;
}

export const maximum: Rule = (node) => compared(node, greater);
export const minimum: Rule = (node) => compared(node, lesser);

/** Backends differ in which of -0 and +0 is the greater. */
function compared(node: CheckedNode, pick: (left: Range, right: Range) => Range): Derived {
  node.allow();
  const tensor = operands(node, node.inputs.length).reduce((left, right) => {
    const dims = broadcast(left.dims, right.dims);
    return floats({
      dims,
      ranges: perChannel(dims, [left, right], ([a, b]) => pick(a!, b!)),
      mayBeNegativeZero: left.mayBeNegativeZero || right.mayBeNegativeZero,
    });
  });
  return { tensor };
}

export const relu: Rule = (node) => {
  node.allow();
  const x = node.operand(0);
  return activated(
    x,
    x.mayBeNegativeZero,
    x.ranges.map((each) => greater(each, ZERO)),
    [0, Infinity],
  );
};

function activated(
  { dims, trail }: FloatTensor,
  mayBeNegativeZero: boolean,
  ranges: readonly Range[],
  clamp: readonly [number, number],
): Derived {
  const tensor = floats({ dims, ranges, mayBeNegativeZero, trail: afterActivation(trail, clamp) });
  return { tensor, webgpuFault: forgottenClamp(trail, clamp) };
}

/** Bounds are attributes up to opset 10, constant inputs from 11 on. */
export const clip: Rule = (node) => {
  node.allow(...(node.opset < 11 ? ["min", "max"] : []));
  const x = node.operand(0);
  const min = bound(node, "min", 1, -FLOAT32_MAX);
  const max = bound(node, "max", 2, FLOAT32_MAX);
  // Behind a Relu, optimisers make an empty interval of a negative upper bound.
  if (!(min <= max) || max < 0) reject(`It clips to the interval from ${min} to ${max}.`);
  const ranges = x.ranges.map((each) => {
    // A bound that no element reaches does not make the unit finer.
    const raised = greater(each, single(min));
    return lesser(raised, single(max));
  });
  const boundShows = Object.is(min, -0) ? whole(x).lo <= 0n : Object.is(max, -0);
  const open = [min <= -FLOAT32_MAX ? -Infinity : min, max >= FLOAT32_MAX ? Infinity : max] as const;
  return activated(x, x.mayBeNegativeZero || boundShows, ranges, open);
};

function bound(node: CheckedNode, name: string, index: number, fallback: number): number {
  if (node.opset < 11) return Math.max(-FLOAT32_MAX, Math.min(FLOAT32_MAX, node.real(name, fallback)));
  if (!node.has(index)) return fallback;
  const { data } = node.float(index);
  return data?.length === 1 ? data[0]! : reject("A bound is not a constant number.");
}

/** Floor gives -0 for -0 alone. */
export const floor: Rule = (node) => rounded(node, floorOf, false);
/** -0.3 rounds to -0 in IEEE 754, but to +0 where a backend computes it otherwise. */
export const ceil: Rule = (node) => rounded(node, (n, bits) => -floorOf(-n, bits), true);
export const round: Rule = (node) => rounded(node, halfToEven, true);

function rounded(node: CheckedNode, way: (n: bigint, bits: bigint) => bigint, losesSign: boolean): Derived {
  node.allow();
  const x = node.operand(0);
  const { unit, lo } = whole(x);
  const ranges = x.ranges.map((each) => {
    if (each.unit >= 0) return finished(each);
    const bits = BigInt(-each.unit);
    return range(0, way(each.lo, bits), way(each.hi, bits));
  });
  const mayBeNegativeZero = x.mayBeNegativeZero || (losesSign && unit < 0 && lo < 0n);
  return { tensor: floats({ dims: x.dims, ranges, mayBeNegativeZero }), relies: "rounding" };
}

/** A shift of a bigint rounds down. */
function floorOf(n: bigint, bits: bigint): bigint {
  return n >> bits;
}

function halfToEven(n: bigint, bits: bigint): bigint {
  const below = n >> bits;
  const twiceTheRest = (n - (below << bits)) * 2n;
  const one = 1n << bits;
  const up = twiceTheRest === one ? below % 2n !== 0n : twiceTheRest > one;
  return up ? below + 1n : below;
}

export const absolute: Rule = (node) => {
  node.allow();
  const x = node.operand(0);
  const ranges = x.ranges.map((each) => {
    if (each.lo >= 0n) return finished(each);
    return each.hi <= 0n ? finished(negate(each)) : range(each.unit, 0n, magnitude(each));
  });
  return { tensor: floats({ dims: x.dims, ranges, mayBeNegativeZero: x.mayBeNegativeZero }) };
};

export const negation: Rule = (node) => {
  node.allow();
  const x = node.operand(0);
  const mayBeNegativeZero = x.ranges.some(holdsZero);
  const trail = afterSum(x.trail, false);
  return { tensor: floats({ dims: x.dims, ranges: x.ranges.map(negate), mayBeNegativeZero, trail }) };
};

/** Mul by constant powers of two. */
export const multiplication: Rule = (node) => {
  node.allow();
  const [left, right] = [node.operand(0), node.operand(1)];
  const [x, scales] = isScale(right) ? [left, right] : [right, left];
  if (!isScale(scales)) reject("Neither factor consists of constant powers of two.");
  const dims = broadcast(x.dims, scales.dims);
  const perScale = scalesAlong(scales, dims);
  const ranges = rangesAlong(x, dims);
  const count = Math.max(perScale.length, ranges.length);
  const different = [...new Set(scales.data)];
  const trail = afterScale(
    x.trail,
    different.map((factor) => exponentOf(factor)!),
  );
  return {
    tensor: floats({
      dims,
      ranges: Array.from({ length: count }, (_, channel) => {
        const factors = perScale[perScale.length === 1 ? 0 : channel]!;
        return hull(Array.from(factors, (factor) => scale(rangeAt(ranges, channel), factor < 0, exponentOf(factor)!)));
      }),
      mayBeNegativeZero: x.mayBeNegativeZero || different.some((factor) => factor < 0),
      trail: afterSum(
        trail,
        different.every((factor) => factor === 1),
      ),
    }),
  };
};

function isScale({ data }: FloatTensor): boolean {
  return data !== null && data.every((factor) => exponentOf(factor) !== null);
}

/** The different scales per channel, or all in one set where channels are not told apart. */
function scalesAlong({ data, dims: own }: FloatTensor, dims: Dims): readonly ReadonlySet<number>[] {
  const count = dims[1];
  const axis = 1 - dims.length + own.length;
  if (typeof count !== "number" || count === 1 || axis < 0 || own[axis] !== count) return [new Set(data)];
  const inner = own.slice(axis + 1).reduce<number>((product, dim) => product * Number(dim), 1);
  const sets = Array.from({ length: count }, () => new Set<number>());
  for (const [at, factor] of data!.entries()) sets[Math.floor(at / inner) % count]!.add(factor);
  return sets;
}
