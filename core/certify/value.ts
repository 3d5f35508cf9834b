import { describeDims, mergedDim, type Dim, type Dims } from "./dims.ts";
import { gridOfBits } from "./grid.ts";
import { FRESH, type History } from "./history.ts";
import { LARGEST_SIZE } from "./limits.ts";
import { finished, holdsZero, joinAll, range, ZERO, type Range } from "./range.ts";
import { refuse } from "./refusal.ts";

/** A float32 tensor for every input of the domain at once. */
export interface FloatValue {
  readonly kind: "float";
  /** Null if even the rank is unknown. */
  readonly dims: Dims | null;
  /** One for the whole tensor, or one per index of axis 1. */
  readonly ranges: readonly Range[];
  /** Why a zero in it may be -0, in words; null if none can be. */
  readonly negativeZero: string | null;
  readonly history: History;
  /** The elements, if they are known and do not depend on the input. */
  readonly constant: Float32Array | null;
  /** Made only of constants: an optimiser may compute it beforehand. */
  readonly folded: boolean;
}

/** Integers that describe shapes. A dynamic dimension is its symbol. */
export interface IntegerValue {
  readonly kind: "integers";
  readonly dims: readonly number[];
  readonly elements: readonly Dim[];
}

/** Of a type that no rule computes with. */
interface OtherValue {
  readonly kind: "other";
  readonly type: string;
}

export type Value = FloatValue | IntegerValue | OtherValue;

export interface ConstantValue extends FloatValue {
  readonly dims: readonly number[];
  readonly constant: Float32Array;
}

type Parts = Pick<FloatValue, "dims" | "ranges"> & Partial<Pick<FloatValue, "negativeZero" | "history">>;

/** @throws Refusal for an impossible shape */
export function floatValue({ dims, ranges, negativeZero = null, history = FRESH }: Parts): FloatValue {
  if (dims?.some((dim) => typeof dim === "number" && !(dim >= 1 && dim <= LARGEST_SIZE)))
    refuse(`It produces a tensor of the shape ${describeDims(dims)}.`);
  if (ranges.length !== 1 && ranges.length !== dims?.[1]) {
    throw new Error(`${ranges.length} ranges were found for the shape ${describeDims(dims)}`);
  }
  return {
    kind: "float",
    dims,
    ranges,
    // Where no element can be zero, none can be -0.
    negativeZero: ranges.some(holdsZero) ? negativeZero : null,
    history,
    constant: null,
    folded: false,
  };
}

/** The same tensor with some parts changed. */
export function changed(value: FloatValue, parts: Partial<Parts>): FloatValue {
  return floatValue({ ...value, ...parts });
}

/** The result of a non-linear node: sums end there, and optimisers merge nothing past it. */
export function ended(value: FloatValue, ranges: readonly Range[]): FloatValue {
  return floatValue({ ...value, ranges: ranges.map(finished), history: FRESH });
}

/** @throws Refusal for NaN, infinities and shapes that do not fit */
export function constantValue(constant: Float32Array, dims: readonly number[]): ConstantValue {
  if (constant.length === 0 || mergedDim(dims) !== constant.length) {
    refuse(`It has a constant of ${constant.length} elements with the shape ${describeDims(dims)}.`);
  }
  if (!constant.every(Number.isFinite)) refuse("It has a constant that is NaN or infinite.");
  const negative = constant.some((element) => Object.is(element, -0));
  const value = floatValue({
    dims,
    ranges: constantRanges(constant, dims, dims.length >= 2 ? 1 : null),
    negativeZero: negative ? "a constant in it is -0" : null,
  });
  return { ...value, dims, constant, folded: true };
}

/** One range per index of an axis of a constant; without an axis, one for all. */
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
  return Array.from(exponents, (exponent, index) =>
    exponent === Infinity ? ZERO : range(exponent, lowest[index]! / 2 ** exponent, highest[index]! / 2 ** exponent),
  );
}

export function wholeRange(value: FloatValue): Range {
  return joinAll(value.ranges);
}
