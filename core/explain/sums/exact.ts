import { productError } from "../../statistics/sum.ts";
import { additionError } from "../fma.ts";

/** The result of `measureExactly` for one element, reused for every element. */
export interface Exact {
  /** high + low is the exact value up to 2^-70 of `magnitude` (2^-51 with an alpha or beta). */
  high: number;
  low: number;
  /** |alpha| * sum|left * right|. */
  products: number;
  /** The same without alpha: the intermediate sums that may overflow. */
  unscaled: number;
  /** |beta * addend|. */
  addend: number;
  /** The part of `products` with a subnormal factor, which some GPUs flush to zero. */
  subnormal: number;
}

export function newExact(): Exact {
  return { high: 0, low: 0, products: 0, unscaled: 0, addend: 0, subnormal: 0 };
}

/** The parts of an element in addition to its products. */
export interface Around {
  readonly alpha: number;
  readonly beta: number;
  readonly addend: number;
  /** Factors are doubles, whose products are not exact in double. */
  readonly doubles: boolean;
  /** The smallest normal number of the factors' type if some are subnormal; otherwise 0. */
  readonly subnormalsBelow: number;
}

/**
 * Sums products as if in twice double precision: Sum2 and Dot2 of T. Ogita, S. Rump, S. Oishi, "Accurate sum and dot
 * product" (SIAM J. Sci. Comput. 26, 2005). Products of two float32 are exact in double; those of doubles are split.
 */
export function measureExactly(
  into: Exact,
  left: Float64Array,
  right: Float64Array,
  count: number,
  { alpha, beta, addend, doubles, subnormalsBelow }: Around,
): void {
  let sum = 0;
  let rest = 0;
  let magnitude = 0;
  for (let k = 0; k < count; k++) {
    const product = left[k]! * right[k]!;
    const next = sum + product;
    rest += additionError(sum, product, next);
    sum = next;
    magnitude += Math.abs(product);
  }
  if (doubles) rest += productErrors(left, right, count);
  const scaledAddend = beta === 1 ? addend : beta * addend;
  const scaled = alpha === 1 ? sum : alpha * sum;
  const high = scaled + scaledAddend;
  const low = additionError(scaled, scaledAddend, high) + (alpha === 1 ? rest : alpha * rest);
  into.high = high + low;
  into.low = high - into.high + low;
  into.unscaled = magnitude;
  into.products = Math.abs(alpha) * magnitude;
  into.addend = Math.abs(scaledAddend);
  into.subnormal = subnormalsBelow === 0 ? 0 : Math.abs(alpha) * subnormalProducts(left, right, count, subnormalsBelow);
}

function subnormalProducts(left: Float64Array, right: Float64Array, count: number, below: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) {
    if (isBelow(left[k]!, below) || isBelow(right[k]!, below)) sum += Math.abs(left[k]! * right[k]!);
  }
  return sum;
}

function productErrors(left: Float64Array, right: Float64Array, count: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const error = productError(left[k]!, right[k]!, left[k]! * right[k]!);
    if (Number.isFinite(error)) sum += error;
  }
  return sum;
}

function isBelow(number: number, limit: number): boolean {
  return number < limit && number > -limit;
}
