import type { Tensor } from "#core/onnx/graph.ts";
import { quoted } from "#core/onnx/rejected.ts";
import { sizeOf } from "./network.ts";
import { untreatable } from "./untreatable.ts";

/** A weight, or integers that shapes are made of. Double precision holds every float32 and every size exactly. */
export interface Constant {
  /** With the batch axis, where it has one. */
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

export function constantOf(tensor: Tensor): Constant {
  switch (tensor.type) {
    case "external":
    case "opaque":
      return untreatable(
        `The weight ${quoted(tensor.name)} holds ${tensor.elementType}${tensor.type === "external" ? " in another file" : ""}, which exactify does not support. Export it as float32, inside the model.`,
      );
    case "int64":
      return { dims: tensor.dims, data: Float64Array.from(tensor.data, Number) };
    default:
      return { dims: tensor.dims, data: Float64Array.from(tensor.data) };
  }
}

/** A constant with its axes in another order. */
export function transposed({ dims, data }: Constant, order: readonly number[]): Constant {
  const target = order.map((axis) => dims[axis]!);
  const strides = dims.map((_, axis) => sizeOf(dims.slice(axis + 1)));
  const steps = order.map((axis) => strides[axis]!);
  return { dims: target, data: strided(data, target, steps) };
}

/** The elements of a constant that is broadcast to a value's shape (without the batch); null if it does not fit. */
export function broadcastTo({ dims, data }: Constant, shape: readonly number[]): Float64Array | null {
  const full = [1, ...shape];
  const missing = full.length - dims.length;
  if (missing < 0) return null;
  const own = [...full.slice(0, missing).fill(1), ...dims];
  if (own.some((size, axis) => size !== 1 && size !== full[axis])) return null;
  const strides = own.map((size, axis) => (size === 1 ? 0 : sizeOf(own.slice(axis + 1))));
  return strided(data, full, strides);
}

/** The elements of a shape, read from `data` with one stride per axis. */
function strided(data: Float64Array, shape: readonly number[], strides: readonly number[]): Float64Array {
  const result = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let to = 0; to < result.length; to++) {
    result[to] = data[index.reduce((at, position, axis) => at + position * strides[axis]!, 0)]!;
    for (let axis = index.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis]! + 1) % shape[axis]!;
      if (index[axis] !== 0) break;
    }
  }
  return result;
}
