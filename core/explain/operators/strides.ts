import { Unclaimed } from "../call.ts";

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

export function placeOf(coordinates: readonly number[], strides: readonly number[]): number {
  return coordinates.reduce((place, coordinate, axis) => place + coordinate * strides[axis]!, 0);
}

/** The shape that several shapes broadcast to, by NumPy's rule. */
export function broadcastDims(shapes: readonly (readonly number[])[]): readonly number[] {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((dims) => dims[axis - rank + dims.length] ?? 1).filter((size) => size !== 1);
    if (sizes.some((size) => size !== sizes[0])) throw new Unclaimed("The input shapes do not broadcast.");
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

/**
 * The elements that a reduction over some axes combines into one.
 * @returns the shape without the reduced axes, and the input indices for an index into it, in row-major order
 */
export function reducedPlaces(
  dims: readonly number[],
  reduced: ReadonlySet<number>,
): { readonly kept: readonly number[]; readonly placesAt: (index: number) => readonly number[] } {
  const strides = stridesOf(dims);
  const keptAxes = dims.map((_, axis) => axis).filter((axis) => !reduced.has(axis));
  const foldedAxes = dims.map((_, axis) => axis).filter((axis) => reduced.has(axis));
  const foldedDims = foldedAxes.map((axis) => dims[axis]!);
  const foldedStrides = foldedAxes.map((axis) => strides[axis]!);
  const length = foldedDims.reduce((product, size) => product * size, 1);
  const offsets = Array.from({ length }, (_, at) => placeOf(coordinatesOf(at, foldedDims), foldedStrides));
  const kept = keptAxes.map((axis) => dims[axis]!);
  const keptStrides = keptAxes.map((axis) => strides[axis]!);
  const placesAt = (index: number): readonly number[] => {
    const base = placeOf(coordinatesOf(index, kept), keptStrides);
    return offsets.map((offset) => base + offset);
  };
  return { kept, placesAt };
}
