import type { Dims } from "./dims.ts";
import { joinAll, type Range } from "./range.ts";
import { constantRanges, wholeRange, type FloatValue } from "./value.ts";

/** How many ranges a tensor of this shape may have: one per index of axis 1, if that size is known. */
export function channelCount(dims: Dims | null): number {
  const count = dims?.[1];
  return dims !== null && dims.length >= 2 && typeof count === "number" && count > 0 ? count : 1;
}

/** A tensor's ranges along axis 1 of the shape that it broadcasts to: one, or one per channel. */
export function rangesIn(value: FloatValue, dims: Dims | null): readonly Range[] {
  const count = channelCount(dims);
  if (dims === null || value.dims === null || count === 1 || value.ranges.length === 0) return [wholeRange(value)];
  const axis = 1 - dims.length + value.dims.length;
  if (axis < 0 || value.dims[axis] !== count) return [wholeRange(value)];
  if (value.constant !== null) return constantRanges(value.constant, value.dims as readonly number[], axis);
  return axis === 1 && value.ranges.length === count ? value.ranges : [wholeRange(value)];
}

/** Combines tensors channel by channel of the shape that they broadcast to. */
export function perChannel(
  dims: Dims | null,
  values: readonly FloatValue[],
  combine: (ranges: readonly Range[]) => Range,
): readonly Range[] {
  const ranges = values.map((value) => rangesIn(value, dims));
  const count = Math.max(...ranges.map(({ length }) => length));
  return Array.from({ length: count }, (_, channel) =>
    combine(ranges.map((each) => each[each.length === 1 ? 0 : channel]!)),
  );
}

/** The ranges of the same elements, in the same order, under another shape. */
export function rangesAs(value: FloatValue, dims: Dims | null): readonly Range[] {
  const { ranges } = value;
  const count = channelCount(dims);
  const from = innerSize(value.dims);
  const to = innerSize(dims);
  if (ranges.length === 1 || count === 1 || from === null || to === null || value.dims![0] !== dims![0]) {
    return [joinAll(ranges)];
  }
  // The rows must have the same length.
  if (ranges.length * from !== count * to) return [joinAll(ranges)];
  if (from % to === 0) return ranges.flatMap((each) => Array.from<Range>({ length: from / to }).fill(each));
  if (to % from !== 0) return [joinAll(ranges)];
  const merged = to / from;
  return Array.from({ length: count }, (_, channel) => joinAll(ranges.slice(channel * merged, (channel + 1) * merged)));
}

/** Elements that share one index of axis 1 in one row of axis 0. */
function innerSize(dims: Dims | null): number | null {
  const inner = dims?.slice(2) ?? ["?"];
  return inner.every((dim) => typeof dim === "number" && dim > 0)
    ? inner.reduce((product: number, dim) => product * Number(dim), 1)
    : null;
}
