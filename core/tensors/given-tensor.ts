import { IsobitError } from "../errors.ts";
import { type ElementType, elementsOf, isElementType, type TensorValue } from "./tensor-value.ts";

/** A tensor in a runtime's form; ONNX Runtime's own `Tensor` is one. */
export interface RuntimeTensor {
  /** An ONNX element type, e.g. "float32", "int64", "bool". */
  readonly type: string;
  /** Row-major; [] for a scalar. */
  readonly dims: readonly number[];
  /** A typed array of the type; float16 as Float16Array or as its bits in a Uint16Array, bool as a Uint8Array. */
  readonly data: unknown;
}

/** A tensor, or a typed array, which is a tensor with one dimension. */
export type AnyTensor = ArrayBufferView | RuntimeTensor;

/** By class name, since an array from another frame or context has another class of the same name. */
const TYPES: Readonly<Record<string, ElementType>> = Object.freeze({
  Float32Array: "float32",
  Float64Array: "float64",
  Float16Array: "float16",
  Int8Array: "int8",
  Int16Array: "int16",
  Int32Array: "int32",
  BigInt64Array: "int64",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
  Uint16Array: "uint16",
  Uint32Array: "uint32",
  BigUint64Array: "uint64",
});

/** Types without an array of their own in every runtime are stored as bits. */
const HELD_BY_BITS: Readonly<Partial<Record<ElementType, string>>> = Object.freeze({
  float16: "Uint16Array",
  bfloat16: "Uint16Array",
  bool: "Uint8Array",
});

/**
 * A caller's tensor as its bits, in its own memory.
 * @param name begins the sentence of an error, e.g. "The reference"
 * @throws IsobitError BAD_INPUT for a type whose bits cannot be compared, and for data that does not fit type and dims
 */
export function givenTensor(given: AnyTensor, name: string): TensorValue {
  if (typeof given !== "object" || given === null) {
    throw refused(`${name} is ${String(given)}. Give a typed array or { type, dims, data }.`);
  }
  const { type, dims, data } = ArrayBuffer.isView(given) ? bareTensor(given, name) : given;
  if (!isElementType(type)) {
    throw refused(`${name} is of type ${JSON.stringify(type)}, whose bits cannot be compared.`);
  }
  if (!ArrayBuffer.isView(data) || !holds(data, type)) {
    throw refused(`${name} holds ${type} in ${className(data)}. Give the typed array of its type.`);
  }
  if (!Array.isArray(dims) || !dims.every((dim) => Number.isInteger(dim) && dim >= 0)) {
    throw refused(`${name} has the dims ${JSON.stringify(dims)}; they must be integers, 0 or more.`);
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  const elements = bytes.length / (data as Uint8Array).BYTES_PER_ELEMENT;
  if (elements !== elementsOf(dims)) {
    throw refused(`${name} is [${dims.join(", ")}], ${elementsOf(dims)} elements, but its data has ${elements}.`);
  }
  return { type, dims: [...dims], bytes };
}

/**
 * Two tensors to compare. A bare typed array takes the type and shape of the other tensor, if its class can hold that type
 * and its length is the same.
 * @throws IsobitError as `givenTensor` does
 */
export function givenPair(reference: AnyTensor, other: AnyTensor): readonly [TensorValue, TensorValue] {
  const [left, right] = [givenTensor(reference, "The reference"), givenTensor(other, "The other tensor")];
  return [likeShaped(left, reference, right), ArrayBuffer.isView(reference) ? right : likeShaped(right, other, left)];
}

function likeShaped(value: TensorValue, given: AnyTensor, like: TensorValue): TensorValue {
  const takes = ArrayBuffer.isView(given) && holds(given, like.type) && value.bytes.length === like.bytes.length;
  return takes ? { ...like, bytes: value.bytes } : value;
}

function bareTensor(data: ArrayBufferView, name: string): RuntimeTensor {
  const type = TYPES[className(data)];
  if (type === undefined) throw refused(`${name} is ${className(data)}, which has no element type.`);
  return { type, dims: [(data as Uint8Array).length], data };
}

/** Whether the array's class is the one that stores tensors of this type. */
export function holds(data: ArrayBufferView, type: ElementType): boolean {
  return TYPES[className(data)] === type || HELD_BY_BITS[type] === className(data);
}

function className(data: unknown): string {
  return Object.prototype.toString.call(data).slice("[object ".length, -1);
}

function refused(message: string): IsobitError {
  return new IsobitError("BAD_INPUT", message);
}
