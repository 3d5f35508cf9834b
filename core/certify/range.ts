import { VALUE_CEILING_EXPONENT } from "./limits.ts";
import { gridOf } from "./grid.ts";

/**
 * What is known about some elements: each is n x 2^exponent for an integer n from lo to hi.
 *
 * lo, hi and terms count units, as doubles. They are exact below 2^53; a sum that passes 2^53 may round but stays at or
 * above it, so that comparisons with the limit of 2^24 stay correct.
 */
export interface Range {
  readonly exponent: number;
  readonly lo: number;
  readonly hi: number;
  /**
   * The sum of the absolute values of the terms of each element: at least max(|lo|, |hi|). A Conv's products and the
   * operands of later Adds all count, because optimisers make one sum of them. A non-linear node ends the sum.
   */
  readonly terms: number;
}

/** Zero lies on every grid, so it takes the coarsest and never makes another one finer. */
export const ZERO: Range = Object.freeze({ exponent: VALUE_CEILING_EXPONENT, lo: 0, hi: 0, terms: 0 });

export function range(exponent: number, lo: number, hi: number, terms = Math.max(Math.abs(lo), Math.abs(hi))): Range {
  return lo === 0 && hi === 0 && terms === 0 ? ZERO : { exponent, lo, hi, terms };
}

/** @param value finite */
export function single(value: number): Range {
  if (value === 0) return ZERO;
  const exponent = gridOf(value);
  return range(exponent, value / 2 ** exponent, value / 2 ** exponent);
}

export function largest(of: Range): number {
  return Math.max(Math.abs(of.lo), Math.abs(of.hi));
}

export function lowest(of: Range): number {
  return of.lo * 2 ** of.exponent;
}

export function highest(of: Range): number {
  return of.hi * 2 ** of.exponent;
}

export function holdsZero(of: Range): boolean {
  return of.lo <= 0 && of.hi >= 0;
}

/** The same elements counted in finer units. */
function finer(of: Range, exponent: number): Range {
  if (of === ZERO) return ZERO;
  const factor = 2 ** (of.exponent - exponent);
  return { exponent, lo: of.lo * factor, hi: of.hi * factor, terms: of.terms * factor };
}

function onOneGrid(left: Range, right: Range): [number, Range, Range] {
  const exponent = Math.min(left.exponent, right.exponent);
  return [exponent, finer(left, exponent), finer(right, exponent)];
}

/** Elements of either range. */
export function join(left: Range, right: Range): Range {
  if (left === right) return left;
  const [exponent, a, b] = onOneGrid(left, right);
  return range(exponent, Math.min(a.lo, b.lo), Math.max(a.hi, b.hi), Math.max(a.terms, b.terms));
}

export function joinAll(ranges: readonly Range[]): Range {
  return ranges.reduce(join);
}

export function withZero(of: Range): Range {
  return holdsZero(of) ? of : range(of.exponent, Math.min(of.lo, 0), Math.max(of.hi, 0), of.terms);
}

export function add(left: Range, right: Range): Range {
  const [exponent, a, b] = onOneGrid(left, right);
  return range(exponent, a.lo + b.lo, a.hi + b.hi, a.terms + b.terms);
}

export function negate(of: Range): Range {
  return of === ZERO ? ZERO : { ...of, lo: 0 - of.hi, hi: 0 - of.lo };
}

/** Times 2^shift: the integers stay, the unit changes. */
export function shifted(of: Range, shift: number): Range {
  return of === ZERO ? ZERO : { ...of, exponent: of.exponent + shift };
}

/** Ends the sum: later nodes see only its values. */
export function finished(of: Range): Range {
  return range(of.exponent, of.lo, of.hi);
}

export function greaterOf(left: Range, right: Range): Range {
  if (lowest(left) >= highest(right)) return finished(left);
  if (lowest(right) >= highest(left)) return finished(right);
  const [exponent, a, b] = onOneGrid(left, right);
  return range(exponent, Math.max(a.lo, b.lo), Math.max(a.hi, b.hi));
}

export function lesserOf(left: Range, right: Range): Range {
  return negate(greaterOf(negate(left), negate(right)));
}
