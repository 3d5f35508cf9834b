import { FLOAT_FORMATS, isFloatType, isSubnormal } from "../../tensors/float-format.ts";
import type { Elements } from "../../tensors/read-elements.ts";
import { NotAnalysed } from "../call.ts";
import { copied, judgeCopy } from "./copying.ts";
import { type Operator, type OutputJudge, possible, wrong } from "./judge.ts";
import { MOVES_BY_PLACE } from "./moves-by-place.ts";
import { coordinatesOf, placeOf, stridesOf } from "./strides.ts";

/*
 * Operators that move elements without computing: an output is a bitwise copy of an input. Only a GPU may flush a
 * subnormal, lose the sign of a zero, or return another NaN; a CPU copies memory.
 */

/** The elements keep their order. Shapes are not checked. */
const inOrder: Operator = (call) => {
  const from = call.input(0);
  const first: OutputJudge = { dims: null, nonFinite: "kept", judge: (index, given) => judgeCopy(from, index, given) };
  return first;
};

/** One permutation of axes, given as the source of each output axis. */
function permuted(
  from: Elements,
  shape: readonly number[],
  perm: readonly number[],
  dims: readonly number[],
): OutputJudge {
  const own = stridesOf(shape);
  const between = perm.map((axis) => shape[axis]!);
  const strides = perm.map((axis) => own[axis]!);
  return copied(dims, (index) => ({ from, at: placeOf(coordinatesOf(index, between), strides) }));
}

const transpose: Operator = (call) => {
  const from = call.input(0);
  const perm = call.ints("perm") ?? from.dims.map((_, axis) => from.dims.length - 1 - axis);
  return permuted(
    from,
    from.dims,
    perm,
    perm.map((axis) => from.dims[axis]!),
  );
};

const depthToSpace: Operator = (call) => {
  const from = call.input(0);
  const [n, c, h, w] = imageDims(from);
  const b = call.int("blocksize", 1);
  const depth = c / (b * b);
  const columnRowDepth = call.text("mode", "DCR") === "CRD";
  const shape = columnRowDepth ? [n, depth, b, b, h, w] : [n, b, b, depth, h, w];
  const perm = columnRowDepth ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  return permuted(from, shape, perm, [n, depth, h * b, w * b]);
};

const spaceToDepth: Operator = (call) => {
  const from = call.input(0);
  const [n, c, h, w] = imageDims(from);
  const b = call.int("blocksize", 1);
  return permuted(from, [n, c, h / b, b, w / b, b], [0, 3, 5, 1, 2, 4], [n, c * b * b, h / b, w / b]);
};

function imageDims({ dims }: Elements): readonly [number, number, number, number] {
  const [n, c, h, w] = dims;
  if (dims.length === 4) return [n!, c!, h!, w!];
  throw new NotAnalysed(`An image has 4 axes, not ${dims.length}.`);
}

const concat: Operator = (call) => {
  const parts = call.given();
  const first = call.input(0);
  const axis = call.axis(call.int("axis", 1), first.dims.length);
  const size = parts.reduce((total, { dims }) => total + dims[axis]!, 0);
  const dims = first.dims.with(axis, size);
  return copied(dims, (index) => {
    const coordinates = coordinatesOf(index, dims);
    let along = coordinates[axis]!;
    const from = parts.find(({ dims: own }) => {
      if (along < own[axis]!) return true;
      along -= own[axis]!;
      return false;
    })!;
    return { from, at: placeOf(coordinates.with(axis, along), stridesOf(from.dims)) };
  });
};

const split: Operator = (call) => {
  const from = call.input(0);
  const axis = call.axis(call.int("axis", 0), from.dims.length);
  const pieces = call.node.outputs.length;
  const even = Math.ceil(from.dims[axis]! / pieces);
  const sizes =
    call.integersSince(13, "split", 1) ??
    Array.from({ length: pieces }, (_, at) => Math.min(even, from.dims[axis]! - at * even));
  const strides = stridesOf(from.dims);
  return sizes.map((size, piece) => {
    const start = sizes.slice(0, piece).reduce((total, each) => total + each, 0);
    const dims = from.dims.with(axis, size);
    return copied(dims, (index) => {
      const coordinates = coordinatesOf(index, dims);
      return { from, at: placeOf(coordinates.with(axis, coordinates[axis]! + start), strides) };
    });
  });
};

const dropout: Operator = (call) => {
  if (call.has(2) && call.input(2).numbers[0] !== 0) throw new NotAnalysed("A Dropout in training mode is random.");
  return inOrder(call);
};

/** For operators that are not evaluated: an element that occurs nowhere among the inputs is wrong. */
const someElement: Operator = (call) => {
  const sources = call.given();
  const known = new Set(
    sources.flatMap(({ words, numbers }) => Array.from(numbers, (number, at) => keyOf(number, words[at]!))),
  );
  known.add(keyOf(0, 0));
  const mayBeFlushed = sources.some(
    ({ type, numbers }) => isFloatType(type) && numbers.some((each) => isSubnormal(FLOAT_FORMATS[type], each)),
  );
  return {
    dims: null,
    nonFinite: "kept",
    judge: (_, { value, word, dialect }) => {
      const flushed = dialect !== "ieee" && mayBeFlushed && value === 0;
      if (known.has(keyOf(value, word)) || flushed)
        return possible(`The element that ${call.node.op} copies is not checked, only that it occurs in an input.`);
      return wrong(NaN);
    },
  };
};

/** Compares numbers, so that type widths do not matter, and -0 equals 0 and all NaN are equal. */
function keyOf(value: number, word: number | bigint): string {
  return Number.isSafeInteger(value) || !Number.isInteger(value) ? `${value}` : `bits ${word}`;
}

export const MOVES: Readonly<Record<string, Operator>> = {
  ...MOVES_BY_PLACE,
  Compress: someElement,
  Concat: concat,
  DepthToSpace: depthToSpace,
  Dropout: dropout,
  Flatten: inOrder,
  GatherND: someElement,
  Identity: inOrder,
  Reshape: inOrder,
  ReverseSequence: someElement,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: inOrder,
  Transpose: transpose,
  Trilu: someElement,
  Unsqueeze: inOrder,
};
