import type { Elements } from "../../tensors/read-elements.ts";
import { type Call, NotAnalysed } from "../call.ts";
import { copied } from "./copying.ts";
import type { Operator } from "./judge.ts";
import { broadcastDims, broadcastPlace, coordinatesOf, placeOf, stridesOf } from "./strides.ts";

/* Operators that select or repeat elements by their position along an axis. */

const slice: Operator = (call) => {
  const from = call.input(0);
  const starts = call.integersSince(10, "starts", 1) ?? [];
  const ends = call.integersSince(10, "ends", 2) ?? [];
  const axes = call.integersSince(10, "axes", 3) ?? starts.map((_, axis) => axis);
  const steps = (call.opset < 10 ? null : call.integersSince(10, "steps", 4)) ?? starts.map(() => 1);
  const first = from.dims.map(() => 0);
  const step = from.dims.map(() => 1);
  const dims = [...from.dims];
  for (const [at, given] of axes.entries()) {
    const axis = call.axis(given, dims.length);
    const size = from.dims[axis]!;
    step[axis] = steps[at]!;
    const backwards = steps[at]! < 0;
    const [least, most] = backwards ? [0, size - 1] : [0, size];
    const inside = (place: number, low: number): number =>
      Math.min(Math.max(place < 0 ? place + size : place, low), most);
    first[axis] = inside(starts[at]!, least);
    const end = inside(ends[at]!, backwards ? -1 : 0);
    dims[axis] = Math.max(0, Math.ceil((end - first[axis]) / steps[at]!));
  }
  const strides = stridesOf(from.dims);
  const base = placeOf(first, strides);
  const moves = strides.map((stride, axis) => stride * step[axis]!);
  return copied(dims, (index) => ({ from, at: base + placeOf(coordinatesOf(index, dims), moves) }));
};

const gather: Operator = (call) => {
  const from = call.input(0);
  const indices = call.input(1);
  const axis = call.axis(call.int("axis", 0), from.dims.length);
  const dims = [...from.dims.slice(0, axis), ...indices.dims, ...from.dims.slice(axis + 1)];
  const indexStrides = stridesOf(indices.dims);
  const strides = stridesOf(from.dims);
  return copied(dims, (index) => {
    const coordinates = coordinatesOf(index, dims);
    const picked = indices.numbers[placeOf(coordinates.slice(axis, axis + indices.dims.length), indexStrides)]!;
    const along = picked < 0 ? picked + from.dims[axis]! : picked;
    const place = [...coordinates.slice(0, axis), along, ...coordinates.slice(axis + indices.dims.length)];
    return { from, at: placeOf(place, strides) };
  });
};

const gatherElements: Operator = (call) => {
  const from = call.input(0);
  const indices = call.input(1);
  const axis = call.axis(call.int("axis", 0), from.dims.length);
  const strides = stridesOf(from.dims);
  return copied(indices.dims, (index) => {
    const picked = indices.numbers[index]!;
    const along = picked < 0 ? picked + from.dims[axis]! : picked;
    return { from, at: placeOf(coordinatesOf(index, indices.dims).with(axis, along), strides) };
  });
};

const expand: Operator = (call) => {
  const from = call.input(0);
  const dims = broadcastDims([from.dims, call.integers(1)]);
  const place = broadcastPlace(from.dims, dims);
  return copied(dims, (index) => ({ from, at: place(index) }));
};

const tile: Operator = (call) => {
  const from = call.input(0);
  const repeats = call.integers(1);
  const dims = from.dims.map((size, axis) => size * repeats[axis]!);
  const strides = stridesOf(from.dims);
  return copied(dims, (index) => {
    const coordinates = coordinatesOf(index, dims).map((along, axis) => along % from.dims[axis]!);
    return { from, at: placeOf(coordinates, strides) };
  });
};

const pad: Operator = (call) => {
  const from = call.input(0);
  const rank = from.dims.length;
  const amounts = call.integersSince(11, "pads", 1);
  if (amounts === null) throw new NotAnalysed("The pads are missing.");
  const axes =
    call.opset >= 18 && call.has(3)
      ? call.integers(3).map((axis) => call.axis(axis, rank))
      : from.dims.map((_, axis) => axis);
  const before = from.dims.map((_, axis) => amounts[axes.indexOf(axis)] ?? 0);
  const dims = from.dims.map((size, axis) => {
    const at = axes.indexOf(axis);
    return at === -1 ? size : size + amounts[at]! + amounts[at + axes.length]!;
  });
  const mode = call.text("mode", "constant");
  const fill = paddingOf(call, from);
  const strides = stridesOf(from.dims);
  return copied(dims, (index) => {
    const inside = coordinatesOf(index, dims).map((along, axis) =>
      insideOf(along - before[axis]!, from.dims[axis]!, mode),
    );
    return inside.includes(-1) ? { from: fill, at: 0 } : { from, at: placeOf(inside, strides) };
  });
};

/** The source of a coordinate outside the edges; -1: the padding constant. */
function insideOf(along: number, size: number, mode: string): number {
  if (along >= 0 && along < size) return along;
  if (mode === "edge") return Math.min(Math.max(along, 0), size - 1);
  if (mode === "wrap") return ((along % size) + size) % size;
  if (mode === "constant") return -1;
  if (mode !== "reflect") throw new NotAnalysed(`The mode "${mode}" of Pad is unknown.`);
  const period = Math.max(2 * (size - 1), 1);
  const folded = ((along % period) + period) % period;
  return Math.min(folded, period - folded);
}

function paddingOf(call: Call, from: Elements): Elements {
  if (call.opset >= 11 && call.has(2)) return call.input(2);
  const value = call.opset < 11 ? call.real("value", 0) : 0;
  const words = from.type === "float32" ? new Uint32Array(Float32Array.of(value).buffer) : new Uint8Array(1);
  const zero = from.words instanceof BigUint64Array ? BigUint64Array.of(0n) : words;
  return { type: from.type, dims: [], length: 1, numbers: Float64Array.of(value), words: zero };
}

export const MOVES_BY_PLACE: Readonly<Record<string, Operator>> = {
  Expand: expand,
  Gather: gather,
  GatherElements: gatherElements,
  Pad: pad,
  Slice: slice,
  Tile: tile,
};
