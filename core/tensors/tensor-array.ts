import { holds } from "./given-tensor.ts";
import { type ElementType, isElementType, type TensorValue, tensorValue } from "./tensor-value.ts";

/** As the runtimes take and give elements. float16 and bfloat16 by their bits. */
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

const ARRAYS = Object.freeze({
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

/** A tensor's elements as a copy, which also aligns them: bytes off the wire may start anywhere. */
export function elementArray({ type, bytes }: TensorValue): ElementArray {
  const aligned = new Uint8Array(bytes.length);
  aligned.set(bytes);
  return new ARRAYS[type](aligned.buffer);
}

/**
 * What a runtime gave, as its bits in a copy of its own; a runtime may reuse its memory.
 * @throws TypeError for elements in the array of another type, RangeError for another number of them
 * @returns null for what has no bits to compare: strings, packed 4-bit integers and whatever is no tensor
 */
export function tensorOfRuntime(given: {
  readonly type?: unknown;
  readonly dims?: readonly number[];
  readonly data?: unknown;
}): TensorValue | null {
  const { type, dims, data } = given;
  if (typeof type !== "string" || !isElementType(type) || dims === undefined || !ArrayBuffer.isView(data)) return null;
  if (!holds(data, type)) throw new TypeError(`its data are no array of ${type}`);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return tensorValue(type, [...dims], bytes);
}
