import { floatsOf } from "./bits.ts";

/** Element types whose bits isobit can compare, with their size in bytes. */
const BYTES_PER_ELEMENT = Object.freeze({
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
});

export type ElementType = keyof typeof BYTES_PER_ELEMENT;

/** A tensor of any runtime: its bits, not its numbers. */
export interface TensorValue {
  readonly type: ElementType;
  /** Row-major; [] for a scalar. */
  readonly dims: readonly number[];
  /** Little-endian elements, as many as the dims say. */
  readonly bytes: Uint8Array;
}

export type NamedTensors = ReadonlyMap<string, TensorValue>;

export function isElementType(name: string): name is ElementType {
  return Object.hasOwn(BYTES_PER_ELEMENT, name);
}

export function bytesPerElement(type: ElementType): number {
  return BYTES_PER_ELEMENT[type];
}

export function elementsOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** @throws RangeError if the number of bytes does not match type and dims */
export function tensorValue(type: ElementType, dims: readonly number[], bytes: Uint8Array): TensorValue {
  const expected = elementsOf(dims) * BYTES_PER_ELEMENT[type];
  if (bytes.length === expected) return { type, dims, bytes };
  throw new RangeError(`a ${type} tensor [${dims.join(", ")}] has ${expected} bytes, not ${bytes.length}`);
}

/**
 * The elements of a float32 tensor, as a copy.
 * @throws TypeError for another element type
 */
export function float32Of({ type, bytes }: TensorValue): Float32Array {
  if (type !== "float32") throw new TypeError(`the tensor is ${type}, not float32`);
  return floatsOf(bytes);
}
