import { holds } from "./given-tensor.ts";
import { type ElementType, isElementType, type TensorValue, tensorValue } from "./tensor-value.ts";

/** Elements in the runtimes' arrays; float16 and bfloat16 as bits. */
export type ElementArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** The array that stores each type. */
export const ARRAYS = Object.freeze({
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} satisfies Record<ElementType, new (buffer: ArrayBuffer) => ElementArray>);

/** A tensor's elements as a copy, which also aligns them: received bytes may start anywhere. */
export function elementArray({ type, bytes }: TensorValue): ElementArray {
  return new ARRAYS[type](new Uint8Array(bytes).buffer);
}

/**
 * A runtime's output as its bits, as a copy, since a runtime may reuse its memory.
 * @throws TypeError for elements in the array of another type, RangeError for another number of them
 * @returns null for values whose bits cannot be compared: strings, packed 4-bit integers and values that are not tensors
 */
export function tensorOfRuntime(given: {
  readonly type?: unknown;
  readonly dims?: readonly number[];
  readonly data?: unknown;
}): TensorValue | null {
  const { type, dims, data } = given;
  if (typeof type !== "string" || !isElementType(type) || dims === undefined || !ArrayBuffer.isView(data)) return null;
  if (!holds(data, type)) throw new TypeError(`its data is not an array of ${type}`);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return tensorValue(type, [...dims], bytes);
}
