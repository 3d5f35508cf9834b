import type { CheckedNode, Derived, Rule, Rules } from "./node.ts";
import { add, exponentOf, holdsZero, hull, negate, scale, ZERO } from "./range.ts";
import { reject } from "./rejection.ts";
import { broadcast, type Dims } from "./sizes.ts";
import { floats, perChannel, rangeAt, rangesAlong, whole, type FloatTensor, type Trail } from "./tensor.ts";
import { afterScale, afterSum, mergedTrail } from "./trail.ts";

type Combine = (left: FloatTensor, right: FloatTensor) => FloatTensor;

/** All operands are terms of one sum, because optimisers make one of them. */
function summed(node: CheckedNode, count: number, combine: Combine): Derived {
  node.allow();
  const tensor = node.operands(count).reduce((left, right) => combine(left, right));
  return { tensor, sums: tensor.ranges };
}

/** -0 + +0 is +0, but an optimiser may drop the addition of a constant 0, which keeps the -0. */
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

/** Also if an optimiser may find that out by computing it. */
function isZero(tensor: FloatTensor): boolean {
  return whole(tensor) === ZERO || (tensor.folded && tensor.data === null && tensor.ranges.every(holdsZero));
}

const negation: Rule = (node) => {
  node.allow();
  const x = node.operand(0);
  const mayBeNegativeZero = x.ranges.some(holdsZero);
  const trail = afterSum(x.trail, false);
  return { tensor: floats({ dims: x.dims, ranges: x.ranges.map(negate), mayBeNegativeZero, trail }) };
};

/** Mul by constant powers of two. */
const multiplication: Rule = (node) => {
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

/** The distinct scales per channel, or one set for all if channels cannot be distinguished. */
function scalesAlong({ data, dims: own }: FloatTensor, dims: Dims): readonly ReadonlySet<number>[] {
  const count = dims[1];
  const axis = 1 - dims.length + own.length;
  if (typeof count !== "number" || count === 1 || axis < 0 || own[axis] !== count) return [new Set(data)];
  const inner = own.slice(axis + 1).reduce<number>((product, dim) => product * Number(dim), 1);
  const sets = Array.from({ length: count }, () => new Set<number>());
  for (const [at, factor] of data!.entries()) sets[Math.floor(at / inner) % count]!.add(factor);
  return sets;
}

/** Sums and scales, which may become part of a larger sum. */
export const LINEAR: Rules = {
  Add: (node) => summed(node, 2, plus),
  Mul: multiplication,
  Neg: negation,
  Sub: (node) => summed(node, 2, minus),
  Sum: (node) => summed(node, node.inputs.length, plus),
};
