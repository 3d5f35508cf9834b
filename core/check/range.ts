/** All elements are n x 2^unit for an integer n from lo to hi; terms bounds the sum of absolute values behind each, in units. */
export interface Range {
  readonly unit: number;
  readonly lo: bigint;
  readonly hi: bigint;
  readonly terms: bigint;
}

/** Optimisers multiply constants on both sides of a node: units of at least 2^-30 and values below 2^30 keep products normal. */
const ZONE = 30;

/** Zero is a multiple of every unit, so it never makes another range finer. */
export const ZERO: Range = Object.freeze({ unit: ZONE, lo: 0n, hi: 0n, terms: 0n });

export function range(unit: number, lo: bigint, hi: bigint, terms = magnitude({ lo, hi })): Range {
  return lo === 0n && hi === 0n && terms === 0n ? ZERO : { unit, lo, hi, terms };
}

/** max |n| */
export function magnitude({ lo, hi }: Pick<Range, "lo" | "hi">): bigint {
  return -lo > hi ? -lo : hi;
}

export function holdsZero({ lo, hi }: Range): boolean {
  return lo <= 0n && hi >= 0n;
}

/** Ends a sum: later nodes add to its value, not to its terms. */
export function finished({ unit, lo, hi }: Range): Range {
  return range(unit, lo, hi);
}

/** Both ranges in the finer of their units. */
function aligned(a: Range, b: Range): [unit: number, a: Range, b: Range] {
  const unit = Math.min(a.unit, b.unit);
  return [unit, inUnits(a, unit), inUnits(b, unit)];
}

function inUnits({ unit: from, lo, hi, terms }: Range, unit: number): Range {
  const shift = BigInt(from - unit);
  return { unit, lo: lo << shift, hi: hi << shift, terms: terms << shift };
}

export function add(left: Range, right: Range): Range {
  const [unit, a, b] = aligned(left, right);
  return range(unit, a.lo + b.lo, a.hi + b.hi, a.terms + b.terms);
}

/** Elements of either range. */
export function join(left: Range, right: Range): Range {
  const [unit, a, b] = aligned(left, right);
  return range(unit, least(a.lo, b.lo), most(a.hi, b.hi), most(a.terms, b.terms));
}

export function hull(ranges: readonly Range[]): Range {
  return ranges.reduce(join);
}

/** A padding 0 may take the place of any element. */
export function withZero(of: Range): Range {
  return holdsZero(of) ? of : join(of, ZERO);
}

/** The greater of one element of each. If one side always wins, the other's unit does not matter. */
export function greater(left: Range, right: Range): Range {
  const [unit, a, b] = aligned(left, right);
  if (a.lo >= b.hi) return finished(left);
  if (b.lo >= a.hi) return finished(right);
  return range(unit, most(a.lo, b.lo), most(a.hi, b.hi));
}

export function lesser(left: Range, right: Range): Range {
  return negate(greater(negate(left), negate(right)));
}

export function negate({ unit, lo, hi, terms }: Range): Range {
  return range(unit, -hi, -lo, terms);
}

/** Times a power of two, given as its sign and exponent. */
export function scale(of: Range, negative: boolean, exponent: number): Range {
  const { unit, lo, hi, terms } = negative ? negate(of) : of;
  return range(unit + exponent, lo, hi, terms);
}

export function sameRange(a: Range, b: Range): boolean {
  return a.unit === b.unit && a.lo === b.lo && a.hi === b.hi && a.terms === b.terms;
}

/** True if nothing that is computed from it can underflow or overflow. */
export function inZone(of: Range): boolean {
  if (of === ZERO) return true;
  if (of.unit < -ZONE) return false;
  return of.unit > ZONE ? magnitude(of) === 0n : magnitude(of) < 1n << BigInt(ZONE - of.unit);
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** The exponent of the lowest bit set in a float32 that is not zero, from its bits: the coarsest unit that measures it. */
export function unitOfBits(bits: number): number {
  const field = (bits >>> 23) & 0xff;
  const significand = (bits & 0x7fffff) | (field === 0 ? 0 : 0x800000);
  const lowestBit = 31 - Math.clz32(significand & -significand);
  return Math.max(field, 1) - 150 + lowestBit;
}

/** @param value a finite float32 */
export function single(value: number): Range {
  return rangeOfNumbers(value, value, value === 0 ? Infinity : unitOfBits(bitsOf(value)));
}

/** @param unit the finest of the numbers' units; Infinity if all are 0 */
export function rangeOfNumbers(lowest: number, highest: number, unit: number): Range {
  if (unit === Infinity) return ZERO;
  // Dividing a float32 by its unit is exact in double precision, and the quotient is an integer.
  return range(unit, BigInt(lowest / 2 ** unit), BigInt(highest / 2 ** unit));
}

function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

/** k if |value| = 2^k for a float32, otherwise null. */
export function exponentOf(value: number): number | null {
  if (value === 0 || !Number.isFinite(value)) return null;
  const unit = unitOfBits(bitsOf(value));
  return Math.abs(value) === 2 ** unit ? unit : null;
}
