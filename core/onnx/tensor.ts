import { dataTypeOf, elementTypeName } from "../tensors/element-type.ts";
import { float16ToNumber, numberToFloat16 } from "../tensors/float16.ts";
import type { DecodedTensor, DecodedType, OpaqueTensor, Tensor, TensorData } from "./graph.ts";
import { count, int64, type TensorMessage } from "./protobuf.ts";
import { ModelRejected, quoted } from "./rejected.ts";

const EXTERNAL = 1;

const BYTES_PER_ELEMENT: Readonly<Record<DecodedType, number>> = Object.freeze({
  float32: 4,
  float64: 8,
  float16: 2,
  int64: 8,
  int32: 4,
  int8: 1,
  uint8: 1,
  bool: 1,
});

/** @throws ModelRejected when the elements are not as many as the dims say */
export function readTensor(message: TensorMessage, name = message.name ?? ""): Tensor {
  const dims = (message.dims ?? []).map((dim) => count(dim, `A dimension of the weight ${quoted(name)}`));
  if (dims.some((dim) => dim < 0)) {
    throw new ModelRejected(`The weight ${quoted(name)} has the shape [${dims.join(", ")}]. The file is damaged.`);
  }
  if (message.dataLocation === EXTERNAL) return externalTensor(message, name, dims);
  const elementType = elementTypeName(message.dataType ?? 0);
  if (!isDecodedType(elementType)) return { name, dims, type: "opaque", elementType, message };
  if (message.segment) {
    throw new ModelRejected(
      `The weight ${quoted(name)} is stored in segments, which ONNX Runtime does not read. Export the model again.`,
    );
  }
  const raw = message.rawData ?? new Uint8Array();
  return decoded(
    name,
    dims,
    elementType,
    raw.length > 0 ? fromRaw(elementType, raw, name) : fromFields(elementType, message),
  );
}

/** The tensor whose little-endian elements are these bytes, e.g. those that an external file holds. */
export function tensorOfBytes(
  name: string,
  dims: readonly number[],
  elementType: string,
  bytes: Uint8Array,
): DecodedTensor | OpaqueTensor {
  if (isDecodedType(elementType)) return decoded(name, dims, elementType, fromRaw(elementType, bytes, name));
  const message = { name, dims: [...dims], dataType: dataTypeOf(elementType), rawData: bytes };
  return { name, dims, type: "opaque", elementType, message };
}

/** @throws ModelRejected for elements that are still in another file */
export function tensorMessage(tensor: Tensor, name = tensor.name): TensorMessage {
  if (tensor.type === "external") {
    throw new ModelRejected(
      `The weight ${quoted(tensor.name)} is kept in the file ${quoted(tensor.location)}. It has to be read before the model can be written.`,
    );
  }
  if (tensor.type === "opaque") return { ...tensor.message, name };
  return { name, dims: [...tensor.dims], dataType: dataTypeOf(tensor.type), rawData: toRaw(tensor) };
}

function isDecodedType(name: string): name is DecodedType {
  return Object.hasOwn(BYTES_PER_ELEMENT, name);
}

function decoded(
  name: string,
  dims: readonly number[],
  type: DecodedType,
  data: TensorData[DecodedType],
): DecodedTensor {
  const expected = dims.reduce((product, dim) => product * dim, 1);
  if (data.length !== expected) {
    throw new ModelRejected(
      `The weight ${quoted(name)} of shape [${dims.join(", ")}] needs ${expected} elements, but the file holds ${data.length}. ` +
        "The file is damaged or cut short; export or download it again.",
    );
  }
  // The element type and its array were chosen together above, which the compiler cannot follow through a union.
  return { name, dims, type, data } as DecodedTensor;
}

function externalTensor(message: TensorMessage, name: string, dims: readonly number[]): Tensor {
  const entries = new Map((message.externalData ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));
  const location = entries.get("location");
  if (!location) {
    throw new ModelRejected(
      `The weight ${quoted(name)} is kept in another file, but the model does not name it. Export the model again.`,
    );
  }
  const elementType = elementTypeName(message.dataType ?? 0);
  const length = entries.get("length");
  return {
    name,
    dims,
    type: "external",
    elementType,
    location,
    offset: byteCount(entries.get("offset") ?? "0", name),
    length: length === undefined ? null : byteCount(length, name),
  };
}

function byteCount(text: string, name: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new ModelRejected(
    `The place of the weight ${quoted(name)} in its external file reads ${quoted(text)}, which is no number of bytes.`,
  );
}

/** Raw data is little-endian, as is every machine that runs a JavaScript engine today; a copy also aligns it. */
function fromRaw(type: DecodedType, raw: Uint8Array, name: string): TensorData[DecodedType] {
  if (raw.length % BYTES_PER_ELEMENT[type] !== 0) {
    throw new ModelRejected(
      `The weight ${quoted(name)} holds ${raw.length} bytes, which is no whole number of ${type} elements. The file is damaged.`,
    );
  }
  const buffer = raw.slice().buffer;
  switch (type) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "float16":
      return Float32Array.from(new Uint16Array(buffer), float16ToNumber);
    case "int64":
      return new BigInt64Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "uint8":
    case "bool":
      return new Uint8Array(buffer);
  }
}

/** The other way in which ONNX stores elements: a list of numbers, small integer types and float16's bits as int32. */
function fromFields(type: DecodedType, message: TensorMessage): TensorData[DecodedType] {
  const int32Data = message.int32Data ?? [];
  switch (type) {
    case "float32":
      return Float32Array.from(message.floatData ?? []);
    case "float64":
      return Float64Array.from(message.doubleData ?? []);
    case "float16":
      return Float32Array.from(int32Data, float16ToNumber);
    case "int64":
      return BigInt64Array.from(message.int64Data ?? [], int64);
    case "int32":
      return Int32Array.from(int32Data);
    case "int8":
      return Int8Array.from(int32Data);
    case "uint8":
    case "bool":
      return Uint8Array.from(int32Data);
  }
}

function toRaw(tensor: DecodedTensor): Uint8Array {
  const { data } = tensor.type === "float16" ? { data: Uint16Array.from(tensor.data, numberToFloat16) } : tensor;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
