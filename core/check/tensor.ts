import type { Tensor } from "#core/onnx/graph.ts";
import { holdsZero, hull, inZone, rangeOfNumbers, unitOfBits, type Range } from "./range.ts";
import { reject } from "./rejection.ts";
import { shown, type Dim, type Dims } from "./sizes.ts";

export interface FloatTensor {
  readonly type: "float32";
  readonly dims: Dims;
  /** One for the whole tensor, or one per index of axis 1. */
  readonly ranges: readonly Range[];
  readonly mayBeNegativeZero: boolean;
  /** The elements of a constant. */
  readonly data: Float32Array | null;
  /** Made only of constants: an optimiser may compute it beforehand. */
  readonly folded: boolean;
  readonly trail: Trail;
}

export interface IntegerTensor {
  readonly type: "integers";
  readonly dims: readonly number[];
  readonly elements: readonly Dim[];
}

export type Known = FloatTensor | IntegerTensor | { readonly type: "other" };

/** What precedes a tensor, as far as an optimiser may merge it with the next node. */
export interface Trail {
  /** A Pad enlarged it, and only moves and sums followed. */
  readonly padded: boolean;
  /** Its shape before that Pad. */
  readonly unpadded: Dims | null;
  /** The interval that activations since a Conv let through; null without such a Conv. */
  readonly clamp: readonly [least: number, most: number] | null;
  /** The smallest and largest product of consecutive constant scales that ends here, as exponents of 2. */
  readonly scales: readonly [down: number, up: number];
}

export const NO_TRAIL: Trail = Object.freeze({ padded: false, unpadded: null, clamp: null, scales: [0, 0] as const });

type Parts = Pick<FloatTensor, "dims" | "ranges"> & Partial<Pick<FloatTensor, "mayBeNegativeZero" | "trail">>;

export function floats({ dims, ranges, mayBeNegativeZero = false, trail = NO_TRAIL }: Parts): FloatTensor {
  if (dims.some((dim) => typeof dim === "number" && !(dim >= 1))) reject(`No tensor has the shape ${shown(dims)}.`);
  const signed = mayBeNegativeZero && ranges.some(holdsZero);
  return { type: "float32", dims, ranges, mayBeNegativeZero: signed, data: null, folded: false, trail };
}

/** The same elements in another shape or order. */
export function moved(x: FloatTensor, dims: Dims, ranges: readonly Range[]): FloatTensor {
  return floats({ ...x, dims, ranges });
}

export function constantFloats(data: Float32Array, dims: readonly number[]): FloatTensor {
  if (data.length === 0 || dims.reduce((product, dim) => product * dim, 1) !== data.length)
    reject(`A constant of ${data.length} elements has the shape ${shown(dims)}.`);
  if (!data.every(Number.isFinite)) reject("A constant is NaN or infinite.");
  const ranges = constantRanges(data, dims, dims.length >= 2 ? 1 : null);
  const mayBeNegativeZero = data.some((element) => Object.is(element, -0));
  return { ...floats({ dims, ranges, mayBeNegativeZero }), data, folded: true };
}

export function integers(elements: readonly Dim[], dims: readonly number[] = [elements.length]): IntegerTensor {
  return { type: "integers", dims, elements };
}

/** A weight or a Constant's tensor. */
export function constant(tensor: Tensor): Known {
  switch (tensor.type) {
    case "float32":
      return constantFloats(tensor.data, tensor.dims);
    case "int64":
      return integers(Array.from(tensor.data, clampedNumber), tensor.dims);
    case "int32":
      return integers([...tensor.data], tensor.dims);
    default:
      return { type: "other" };
  }
}

/** Exporters write INT64_MAX for "to the end", which clamps to the same position. */
export function clampedNumber(integer: bigint): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(integer)));
}

/** One range per index of an axis of a constant; without an axis, one for all. */
function constantRanges(data: Float32Array, dims: readonly number[], axis: number | null): readonly Range[] {
  const count = axis === null ? 1 : dims[axis]!;
  const inner = axis === null ? 1 : dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const found = Array.from({ length: count }, () => ({ lowest: Infinity, highest: -Infinity, unit: Infinity }));
  for (let at = 0; at < data.length; at++) {
    const of = found[count === 1 ? 0 : Math.floor(at / inner) % count]!;
    const element = data[at]!;
    if (element < of.lowest) of.lowest = element;
    if (element > of.highest) of.highest = element;
    if (element !== 0) of.unit = Math.min(of.unit, unitOfBits(bits[at]!));
  }
  return found.map(({ lowest, highest, unit }) => rangeOfNumbers(lowest, highest, unit));
}

export function whole({ ranges }: FloatTensor): Range {
  return hull(ranges);
}

export function isComputable({ ranges }: FloatTensor): boolean {
  return ranges.every(inZone);
}

/** A tensor's ranges along axis 1 of the shape that it broadcasts to. */
export function rangesAlong(tensor: FloatTensor, dims: Dims): readonly Range[] {
  const count = dims[1];
  const axis = 1 - dims.length + tensor.dims.length;
  if (typeof count !== "number" || count === 1 || axis < 0 || tensor.dims[axis] !== count) return [whole(tensor)];
  if (tensor.data !== null) return constantRanges(tensor.data, tensor.dims as readonly number[], axis);
  return axis === 1 && tensor.ranges.length === count ? tensor.ranges : [whole(tensor)];
}

/** Combines the ranges of tensors that broadcast to one shape, per channel if any of them distinguishes channels. */
export function perChannel(
  dims: Dims,
  tensors: readonly FloatTensor[],
  combine: (ranges: readonly Range[]) => Range,
): readonly Range[] {
  const lists = tensors.map((tensor) => rangesAlong(tensor, dims));
  const count = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: count }, (_, channel) => combine(lists.map((list) => rangeAt(list, channel))));
}

export function rangeAt(ranges: readonly Range[], channel: number): Range {
  return ranges[ranges.length === 1 ? 0 : channel]!;
}
