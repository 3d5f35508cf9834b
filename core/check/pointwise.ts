import type { CheckedNode, Derived, Rule, Rules } from "./node.ts";
import { finished, greater, lesser, magnitude, negate, range, single, ZERO, type Range } from "./range.ts";
import { reject } from "./rejection.ts";
import { broadcast } from "./sizes.ts";
import { floats, perChannel, whole, type FloatTensor } from "./tensor.ts";
import { afterActivation } from "./trail.ts";
import { forgottenClamp } from "./webgpu.ts";

const FLOAT32_MAX = 3.4028234663852886e38;

/** Backends differ in which of -0 and +0 is greater. */
function compared(node: CheckedNode, pick: (left: Range, right: Range) => Range): Derived {
  node.allow();
  const tensor = node.operands(node.inputs.length).reduce((left, right) => {
    const dims = broadcast(left.dims, right.dims);
    return floats({
      dims,
      ranges: perChannel(dims, [left, right], ([a, b]) => pick(a!, b!)),
      mayBeNegativeZero: left.mayBeNegativeZero || right.mayBeNegativeZero,
    });
  });
  return { tensor };
}

const relu: Rule = (node) => {
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
const clip: Rule = (node) => {
  node.allow(...(node.opset < 11 ? ["min", "max"] : []));
  const x = node.operand(0);
  const min = bound(node, "min", 1, -FLOAT32_MAX);
  const max = bound(node, "max", 2, FLOAT32_MAX);
  // After a Relu, optimisers turn a negative upper bound into an empty interval.
  if (!(min <= max) || max < 0) reject(`It clips to the interval from ${min} to ${max}.`);
  // A bound that no element reaches does not make the unit finer.
  const ranges = x.ranges.map((each) => lesser(greater(each, single(min)), single(max)));
  const boundShows = Object.is(min, -0) ? whole(x).lo <= 0n : Object.is(max, -0);
  const open = [min <= -FLOAT32_MAX ? -Infinity : min, max >= FLOAT32_MAX ? Infinity : max] as const;
  return activated(x, x.mayBeNegativeZero || boundShows, ranges, open);
};

function bound(node: CheckedNode, name: string, index: number, fallback: number): number {
  if (node.opset < 11) return Math.max(-FLOAT32_MAX, Math.min(FLOAT32_MAX, node.unsigned(name, fallback)));
  if (!node.has(index)) return fallback;
  const { data } = node.float(index);
  return data?.length === 1 ? data[0]! : reject("A bound is not a constant number.");
}

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

const absolute: Rule = (node) => {
  node.allow();
  const x = node.operand(0);
  const ranges = x.ranges.map((each) => {
    if (each.lo >= 0n) return finished(each);
    return each.hi <= 0n ? finished(negate(each)) : range(each.unit, 0n, magnitude(each));
  });
  return { tensor: floats({ dims: x.dims, ranges, mayBeNegativeZero: x.mayBeNegativeZero }) };
};

const sign: Rule = (node) => {
  node.allow();
  const x = node.operand(0);
  const ranges = x.ranges.map(({ lo, hi }) => range(0, signOf(lo), signOf(hi)));
  return { tensor: floats({ dims: x.dims, ranges, mayBeNegativeZero: x.mayBeNegativeZero }) };
};

function signOf(n: bigint): bigint {
  return BigInt(n > 0n) - BigInt(n < 0n);
}

/** Non-linear functions of each element: sums end here. */
export const POINTWISE: Rules = {
  Abs: absolute,
  Ceil: (node) => rounded(node, (n, bits) => -floorOf(-n, bits), true),
  Clip: clip,
  Floor: (node) => rounded(node, floorOf, false),
  Max: (node) => compared(node, greater),
  Min: (node) => compared(node, lesser),
  Relu: relu,
  Round: (node) => rounded(node, halfToEven, true),
  Sign: sign,
};
