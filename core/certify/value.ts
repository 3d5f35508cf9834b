import type { Dim, Dims } from "./dims.ts";
import { gridOfBits } from "./grid.ts";
import { finished, holdsZero, joinAll, range, ZERO, type Range } from "./range.ts";
import { refuse } from "./refusal.ts";

/** A float32 tensor for every input of the domain at once. */
export interface FloatValue {
  readonly kind: "float";
  /** Null where not even the rank is known. */
  readonly dims: Dims | null;
  /** One for the whole tensor, or one for each index of axis 1 (then dims[1] is that number). */
  readonly ranges: readonly Range[];
  /** Why a zero in it may be -0, in words; null: no zero in it ever is. */
  readonly negativeZero: string | null;
  /** A Pad wrote rows into it and nothing but moves and sums followed: pools must not be merged with it. */
  readonly padded: boolean;
  /** The elements, where they do not depend on the input. */
  readonly constant: Float32Array | null;
}

/** Integers that shapes are made of. A dynamic dimension is its symbol. */
export interface IntegerValue {
  readonly kind: "integers";
  readonly dims: readonly number[];
  readonly elements: readonly Dim[];
}

/** Of a type that no rule computes with. */
export interface OtherValue {
  readonly kind: "other";
  readonly type: string;
}

export type Value = FloatValue | IntegerValue | OtherValue;

export interface ConstantValue extends FloatValue {
  readonly dims: readonly number[];
  readonly constant: Float32Array;
}

interface Parts {
  readonly dims: Dims | null;
  readonly ranges: readonly Range[];
  readonly negativeZero?: string | null;
  readonly padded?: boolean;
}

export function floatValue({ dims, ranges, negativeZero = null, padded = false }: Parts): FloatValue {
  return {
    kind: "float",
    dims,
    ranges,
    // Where no element can be zero, none can be -0.
    negativeZero: ranges.some(holdsZero) ? negativeZero : null,
    padded,
    constant: null,
  };
}

/** What a node that is not linear makes of a tensor: sums and pads end there. */
export function reshaped(value: FloatValue, parts: Partial<Parts>): FloatValue {
  return floatValue({ ...value, ...parts });
}

export function ended(value: FloatValue, ranges: readonly Range[]): FloatValue {
  return floatValue({ ...value, ranges: ranges.map(finished), padded: false });
}

/** @throws Refusal for NaN and infinities */
export function constantValue(constant: Float32Array, dims: readonly number[]): ConstantValue {
  if (!constant.every(Number.isFinite)) refuse("A constant in it is NaN or infinite.");
  const negative = constant.some((element) => Object.is(element, -0));
  const value = floatValue({
    dims,
    ranges: constantRanges(constant, dims, dims.length >= 2 ? 1 : null),
    negativeZero: negative ? "a constant in it is -0" : null,
  });
  return { ...value, dims, constant };
}

/** One range for each index of an axis of a constant; of no axis, one for all. */
export function constantRanges(data: Float32Array, dims: readonly number[], axis: number | null): readonly Range[] {
  const count = axis === null ? 1 : dims[axis]!;
  const inner = axis === null ? 1 : dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const lowest = new Float64Array(count);
  const highest = new Float64Array(count);
  const exponents = new Float64Array(count).fill(Infinity);
  const seen = new Uint8Array(count);
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  for (let at = 0; at < data.length; at++) {
    const index = count === 1 ? 0 : Math.floor(at / inner) % count;
    const element = data[at]!;
    lowest[index] = seen[index] ? Math.min(lowest[index]!, element) : element;
    highest[index] = seen[index] ? Math.max(highest[index]!, element) : element;
    seen[index] = 1;
    if (element !== 0) exponents[index] = Math.min(exponents[index]!, gridOfBits(bits[at]!));
  }
  if (data.length === 0) return [ZERO];
  return Array.from(exponents, (exponent, index) =>
    exponent === Infinity ? ZERO : range(exponent, lowest[index]! / 2 ** exponent, highest[index]! / 2 ** exponent),
  );
}

export function wholeRange(value: FloatValue): Range {
  return joinAll(value.ranges);
}
