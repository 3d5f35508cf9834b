import { FLOAT_FORMATS, isFloatType } from "../../tensors/float-format.ts";
import type { Elements } from "../../tensors/read-elements.ts";
import { type Call, NotAnalysed } from "../call.ts";
import { type Given, type Judgement, type Operator, possible, wrong } from "./judge.ts";
import { floatFormatOf } from "./approximated.ts";
import { judgeChosen } from "./rounded-once.ts";
import { coordinatesOf, placeOf, stridesOf } from "./strides.ts";
import { judgeWithin } from "./within.ts";

/** Relative error of float32 coordinates: a division and up to four roundings. */
const COORDINATE_ERROR = 2 ** -20;

/** The mapping from output to input coordinates along one axis. */
interface Axis {
  readonly size: number;
  readonly out: number;
  readonly scale: number;
}

type Transform = (along: number, axis: Axis) => number;

const TRANSFORMS: Readonly<Record<string, Transform>> = {
  align_corners: (along, { size, out }) => (out === 1 ? 0 : (along * (size - 1)) / (out - 1)),
  asymmetric: (along, { scale }) => along / scale,
  half_pixel: (along, { scale }) => (along + 0.5) / scale - 0.5,
  half_pixel_symmetric: (along, { size, out, scale }) => {
    const adjustment = out / (scale * size);
    return (size / 2) * (1 - adjustment) + (along + 0.5) / scale - 0.5;
  },
  pytorch_half_pixel: (along, { out, scale }) => (out > 1 ? (along + 0.5) / scale - 0.5 : 0),
};

const ROUNDINGS: Readonly<Record<string, (coordinate: number) => number>> = {
  ceil: Math.ceil,
  floor: Math.floor,
  round_prefer_ceil: (coordinate) => Math.floor(coordinate + 0.5),
  round_prefer_floor: (coordinate) => Math.ceil(coordinate - 0.5),
};

interface Grid {
  readonly input: Elements;
  readonly axes: readonly Axis[];
  readonly dims: readonly number[];
  /** The input coordinate for an output coordinate along an axis. */
  coordinateAt(along: number, axis: number): number;
}

function gridOf(call: Call): Grid {
  const input = call.input(0);
  const rank = input.dims.length;
  const [scalesAt, sizesAt] = call.node.op === "Upsample" || call.opset < 11 ? [1, null] : [2, 3];
  if (call.text("keep_aspect_ratio_policy", "stretch") !== "stretch")
    throw new NotAnalysed("A Resize that keeps the aspect ratio is not analysed.");
  const attribute = call.node.attributes.get("scales");
  const given = sizesAt !== null && call.has(sizesAt) ? call.input(sizesAt) : null;
  const scales =
    attribute?.kind === "floats" ? attribute.value : call.has(scalesAt) ? [...call.input(scalesAt).numbers] : [];
  const sizes = given !== null && given.length > 0 ? [...given.numbers] : null;
  const named = call.opset >= 18 ? call.ints("axes") : null;
  const axes = input.dims.map((size, axis): Axis => {
    const at = named === null ? axis : named.findIndex((each) => (each < 0 ? each + rank : each) === axis);
    if (at === -1) return { size, out: size, scale: 1 };
    if (sizes !== null) return { size, out: sizes[at]!, scale: sizes[at]! / size };
    const scale = scales[at];
    if (scale === undefined) throw new NotAnalysed(`The scales of the ${call.node.op} are missing.`);
    return { size, out: Math.floor(size * scale), scale };
  });
  const fallback = call.node.op === "Upsample" || call.opset < 11 ? "asymmetric" : "half_pixel";
  const mode = call.text("coordinate_transformation_mode", fallback);
  const transform = Object.hasOwn(TRANSFORMS, mode) ? TRANSFORMS[mode] : undefined;
  if (transform === undefined) throw new NotAnalysed(`The coordinate mode "${mode}" of Resize is not analysed.`);
  return {
    input,
    axes,
    dims: axes.map(({ out }) => out),
    coordinateAt: (along, axis) => (isKept(axes[axis]!) ? along : transform(along, axes[axis]!)),
  };
}

function isKept({ size, out, scale }: Axis): boolean {
  return size === out && scale === 1;
}

const inside = (along: number, size: number): number => Math.min(Math.max(along, 0), size - 1);
const errorOf = (coordinate: number): number => COORDINATE_ERROR * (1 + Math.abs(coordinate));

/** The nearest element, or both candidates if the coordinate is so close to their border that float32 decides. */
function nearest(
  call: Call,
  { input, axes, coordinateAt }: Grid,
): (coordinates: readonly number[]) => readonly number[] {
  const fallback = call.node.op === "Upsample" || call.opset < 11 ? "floor" : "round_prefer_floor";
  const rounding = ROUNDINGS[call.text("nearest_mode", fallback)];
  if (rounding === undefined) throw new NotAnalysed("The nearest_mode of the Resize is unknown.");
  const strides = stridesOf(input.dims);
  return (coordinates) =>
    coordinates.reduce<readonly number[]>(
      (places, along, axis) => {
        const { size } = axes[axis]!;
        const coordinate = coordinateAt(along, axis);
        const error = isKept(axes[axis]!) ? 0 : errorOf(coordinate);
        const near = new Set([-error, 0, error].map((off) => inside(rounding(coordinate + off), size)));
        return places.flatMap((place) => [...near].map((each) => place + each * strides[axis]!));
      },
      [0],
    );
}

interface Corner {
  readonly number: number;
  readonly weight: number;
}

/** The elements around a coordinate with their weights, and the total error of their weights. */
function corners(
  { input, axes, coordinateAt }: Grid,
  coordinates: readonly number[],
): readonly [readonly Corner[], number] {
  const strides = stridesOf(input.dims);
  let around: readonly { readonly place: number; readonly weight: number }[] = [{ place: 0, weight: 1 }];
  let off = 0;
  for (const [axis, along] of coordinates.entries()) {
    const { size } = axes[axis]!;
    const coordinate = inside(coordinateAt(along, axis), size);
    const below = Math.floor(coordinate);
    const part = coordinate - below;
    if (!isKept(axes[axis]!)) off += errorOf(coordinateAt(along, axis));
    around = around.flatMap(({ place, weight }) =>
      part === 0 && isKept(axes[axis]!)
        ? [{ place: place + below * strides[axis]!, weight }]
        : [
            { place: place + below * strides[axis]!, weight: weight * (1 - part) },
            { place: place + inside(below + 1, size) * strides[axis]!, weight: weight * part },
          ],
    );
  }
  return [around.map(({ place, weight }) => ({ number: input.numbers[place]!, weight })), off];
}

function judgeLinear(grid: Grid, coordinates: readonly number[], given: Given): Judgement {
  const { type } = grid.input;
  if (!isFloatType(type)) throw new NotAnalysed(`An interpolating Resize of ${type} is not analysed.`);
  const format = FLOAT_FORMATS[type];
  const [around, off] = corners(grid, coordinates);
  const numbers = around.map(({ number }) => number);
  const value = around.reduce((sum, { number, weight }) => (weight === 0 ? sum : sum + number * weight), 0);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  // An element beyond the corners counts if the coordinate may lie on either side of it.
  const span = Math.max(most - least, spanAround(grid, coordinates));
  const size = Math.max(Math.abs(least), Math.abs(most));
  const error = 2 * off * span + 4 * (around.length + 2) * format.unitRoundoff * size + 4 * format.smallestNormal;
  return judgeWithin(format, { value, error }, given, null);
}

/** How far elements differ within one step of a coordinate along each axis. */
function spanAround({ input, axes, coordinateAt }: Grid, coordinates: readonly number[]): number {
  const strides = stridesOf(input.dims);
  const center = coordinates.map((along, axis) => Math.floor(inside(coordinateAt(along, axis), axes[axis]!.size)));
  const base = input.numbers[placeOf(center, strides)]!;
  return center.reduce((span, along, axis) => {
    const next = [along - 1, along + 1].map((each) => center.with(axis, inside(each, axes[axis]!.size)));
    return next.reduce((most, place) => Math.max(most, Math.abs(input.numbers[placeOf(place, strides)]! - base)), span);
  }, 0);
}

/** A cubic kernel's weights add up to 1, and their magnitudes to less than 2 per axis for coefficients from -1 to 0. */
function judgeCubic({ input, axes }: Grid, { value }: Given): Judgement {
  const size = input.numbers.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  const reach = size * 2 ** axes.filter((axis) => !isKept(axis)).length;
  if (Math.abs(value) <= reach || Number.isNaN(reach) || (Number.isNaN(value) && size === Infinity))
    return possible("Only the range of a cubic Resize is checked.");
  return wrong(NaN, reach);
}

const resize: Operator = (call) => {
  const grid = gridOf(call);
  const { input, dims } = grid;
  const mode = call.text("mode", "nearest");
  if (call.int("antialias", 0) === 1) throw new NotAnalysed("A Resize with antialiasing is not analysed.");
  if (mode === "nearest") {
    const format = floatFormatOf(input);
    const placesAt = nearest(call, grid);
    return {
      dims,
      nonFinite: "kept",
      judge: (index, given) => {
        const judgements = placesAt(coordinatesOf(index, dims)).map((place) =>
          judgeChosen(input.numbers[place]!, format, given),
        );
        return judgements.find(({ verdict }) => verdict !== "wrong") ?? judgements[0]!;
      },
    };
  }
  if (mode === "cubic") return { dims, judge: (_, given) => judgeCubic(grid, given) };
  return {
    dims,
    bound: { formula: "linear interpolation in any order, with float32 coordinates", n: 2 ** dims.length },
    judge: (index, given) => judgeLinear(grid, coordinatesOf(index, dims), given),
  };
};

export const RESIZING: Readonly<Record<string, Operator>> = { Resize: resize, Upsample: resize };
