import type { CheckedNode, Rule, Rules } from "./node.ts";
import type { Range } from "./range.ts";
import { reject } from "./rejection.ts";
import { integers, moved, whole, type FloatTensor } from "./tensor.ts";
import { misplacesSlice } from "./webgpu.ts";

/** Ranges of some indices of axis 1. */
function selected(x: FloatTensor, indices: readonly number[]): readonly Range[] {
  return x.ranges.length > 1 ? indices.map((index) => x.ranges[index]!) : x.ranges;
}

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** What to keep is an attribute up to opset 9, inputs from 10 on. */
const slice: Rule = (node) => {
  node.allow(...(node.opset < 10 ? ["starts", "ends", "axes"] : []));
  const value = node.known(0);
  if (value.type === "integers") {
    const [cut, second] = cutsOf(node, value.dims.length);
    if (value.dims.length !== 1 || cut === undefined || second !== undefined)
      reject("It slices integers that are not a list.");
    return { tensor: integers(indicesOf(cut, value.elements.length).map((index) => value.elements[index]!)) };
  }
  const x = node.float(0);
  const cuts = cutsOf(node, x.dims.length);
  let tensor = x;
  for (const cut of cuts) tensor = sliced(node, tensor, cut);
  return { tensor, webgpuFault: cuts.some(({ axis, start, step }) => misplacesSlice(step, start, x.dims[axis]!)) };
};

function sliced(node: CheckedNode, x: FloatTensor, cut: Cut): FloatTensor {
  const size = x.dims[cut.axis]!;
  if (typeof size === "string") {
    const dims = x.dims.with(cut.axis, node.unknown(cut.axis));
    return moved(x, dims, cut.axis === 1 ? [whole(x)] : x.ranges);
  }
  const indices = indicesOf(cut, size);
  return moved(x, x.dims.with(cut.axis, indices.length), cut.axis === 1 ? selected(x, indices) : x.ranges);
}

function cutsOf(node: CheckedNode, rank: number): readonly Cut[] {
  const inputs = [1, 2, 3, 4].map((index) => (node.has(index) ? node.numbers(index) : null));
  const attributes = ["starts", "ends", "axes"].map((name) => node.list(name));
  const [starts, ends, axes, steps] = node.opset < 10 ? attributes : inputs;
  if (!starts || ends?.length !== starts.length) return reject("starts and ends differ in number.");
  const named = node.axes(axes ?? starts.map((_, at) => at), rank);
  if (named.length !== starts.length || (steps ?? starts).length !== starts.length)
    reject("axes or steps differ in number from starts.");
  return starts.map((start, at) => {
    const step = steps?.[at] ?? 1;
    return step === 0 ? reject("A step is 0.") : { axis: named[at]!, start, end: ends[at]!, step };
  });
}

/** Negative positions count from the end, and both are clamped into the axis; backwards, the end may lie before it. */
function indicesOf({ start, end, step }: Cut, size: number): readonly number[] {
  const clamp = (place: number, low: number): number =>
    Math.min(Math.max(place < 0 ? place + size : place, low), step > 0 ? size : size - 1);
  const first = clamp(start, 0);
  const count = Math.max(0, Math.ceil((clamp(end, step > 0 ? 0 : -1) - first) / step));
  return Array.from({ length: count }, (_, at) => first + at * step);
}

/** Gather with constant indices. */
const gather: Rule = (node) => {
  node.allow("axis");
  const value = node.known(0);
  const { dims: shape } = node.integers(1);
  const picked = node.numbers(1);
  if (value.type === "integers") {
    if (value.dims.length !== 1) reject("It picks from integers that are not a list.");
    node.axis(node.integer("axis", 0), 1);
    const elements = picked.map((index) => value.elements[node.axis(index, value.elements.length)]!);
    return { tensor: integers(elements, shape) };
  }
  const x = node.float(0);
  const axis = node.axis(node.integer("axis", 0), x.dims.length);
  const size = x.dims[axis]!;
  if (typeof size === "string") return reject("It picks from an axis of dynamic size.");
  const places = picked.map((index) => node.axis(index, size));
  return { tensor: moved(x, [...x.dims.slice(0, axis), ...shape, ...x.dims.slice(axis + 1)], pickedRanges()) };

  /** Axis 1 keeps its meaning if the indices are a list, or if they select from a later axis. */
  function pickedRanges(): readonly Range[] {
    if (axis >= 2 || (axis === 0 && shape.length === 1)) return x.ranges;
    return axis === 1 && shape.length === 1 ? selected(x, places) : [whole(x)];
  }
};

export const SELECTIONS: Rules = { Gather: gather, Slice: slice };
