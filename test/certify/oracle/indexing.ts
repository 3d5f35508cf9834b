import { exact, finer, limitSize, volume, type Exact } from "./exact.ts";

/** Row-major steps of each axis. */
export function stridesOf(dims: readonly number[]): readonly number[] {
  return dims.map((_, axis) => volume(dims.slice(axis + 1)));
}

/** Every index of a shape, in row-major order. @throws TooLarge */
export function* indices(dims: readonly number[]): Generator<readonly number[]> {
  limitSize(volume(dims));
  const index = dims.map(() => 0);
  for (let left = volume(dims); left > 0; left--) {
    yield index;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index[axis] = index[axis]! + 1;
      if (index[axis]! < dims[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** A tensor whose element at each index is picked from another one; null stands for the filler. */
export function pick(
  from: Exact,
  dims: readonly number[],
  place: (index: readonly number[]) => readonly number[] | null,
  filler?: Exact,
): Exact {
  const strides = stridesOf(from.dims);
  const exponent = Math.min(from.exponent, filler?.exponent ?? from.exponent);
  const source = finer(from, exponent);
  const fill = filler === undefined ? 0n : finer(filler, exponent)[0]!;
  const units: bigint[] = [];
  for (const index of indices(dims)) {
    const at = place(index);
    units.push(at === null ? fill : source[at.reduce((sum, position, axis) => sum + position * strides[axis]!, 0)]!);
  }
  return exact(dims, exponent, units);
}

/** @throws Error for shapes that cannot be broadcast, which no runtime computes with */
export function broadcastDims(shapes: readonly (readonly number[])[]): readonly number[] {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((dims) => dims[axis - rank + dims.length] ?? 1);
    const joint = sizes.find((size) => size !== 1) ?? 1;
    if (sizes.some((size) => size !== 1 && size !== joint))
      throw new Error(`sizes ${sizes.join(", ")} do not broadcast`);
    return joint;
  });
}

export function broadcastTo(value: Exact, dims: readonly number[]): Exact {
  const missing = dims.length - value.dims.length;
  return pick(value, dims, (index) => value.dims.map((size, axis) => (size === 1 ? 0 : index[axis + missing]!)));
}

/** Element by element on one grid and one shape. */
export function zip(values: readonly Exact[], combine: (units: readonly bigint[]) => bigint): Exact {
  const dims = broadcastDims(values.map((value) => value.dims));
  const exponent = Math.min(...values.map((value) => value.exponent));
  const rows = values.map((value) => finer(broadcastTo(value, dims), exponent));
  return exact(
    dims,
    exponent,
    rows[0]!.map((_, at) => combine(rows.map((row) => row[at]!))),
  );
}
