import { elementsOf } from "../../tensors/tensor-value.ts";
import { NotAnalysed } from "../call.ts";

export function stridesOf(dims: readonly number[]): readonly number[] {
  const strides = dims.map(() => 1);
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * dims[axis + 1]!;
  return strides;
}

export function coordinatesOf(index: number, dims: readonly number[]): number[] {
  const coordinates = dims.map(() => 0);
  let rest = index;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    coordinates[axis] = rest % dims[axis]!;
    rest = Math.floor(rest / dims[axis]!);
  }
  return coordinates;
}

/** The coordinates of every element of a tensor, in row-major order. */
export function allCoordinates(dims: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: elementsOf(dims) }, (_, index) => coordinatesOf(index, dims));
}

export function placeOf(coordinates: readonly number[], strides: readonly number[]): number {
  return coordinates.reduce((place, coordinate, axis) => place + coordinate * strides[axis]!, 0);
}

/** The shape that several shapes broadcast to, by NumPy's rule. */
export function broadcastDims(shapes: readonly (readonly number[])[]): readonly number[] {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((dims) => dims[axis - rank + dims.length] ?? 1).filter((size) => size !== 1);
    if (sizes.some((size) => size !== sizes[0])) throw new NotAnalysed("The input shapes do not broadcast.");
    return sizes[0] ?? 1;
  });
}

/** Maps an index of the broadcast output to the index in an input with these dims. */
export function broadcastPlace(dims: readonly number[], output: readonly number[]): (index: number) => number {
  if (dims.length === output.length && dims.every((size, axis) => size === output[axis])) return (index) => index;
  const own = stridesOf(dims);
  const lead = output.length - dims.length;
  const strides = output.map((_, axis) => (axis >= lead && dims[axis - lead] !== 1 ? own[axis - lead]! : 0));
  return (index) => placeOf(coordinatesOf(index, output), strides);
}

/** For an index into the tensor without the reduced axes, the input indices that a reduction combines, in order. */
export function reducedPlaces(
  dims: readonly number[],
  reduced: ReadonlySet<number>,
): (index: number) => readonly number[] {
  const strides = stridesOf(dims);
  const part = (isReduced: boolean) => {
    const axes = dims.map((_, axis) => axis).filter((axis) => reduced.has(axis) === isReduced);
    return { dims: axes.map((axis) => dims[axis]!), strides: axes.map((axis) => strides[axis]!) };
  };
  const [kept, combined] = [part(false), part(true)];
  const offsets = allCoordinates(combined.dims).map((each) => placeOf(each, combined.strides));
  return (index) => {
    const base = placeOf(coordinatesOf(index, kept.dims), kept.strides);
    return offsets.map((offset) => base + offset);
  };
}
