import { dataTypeOf, elementTypeName } from "../tensors/element-type.ts";
import { float16ToNumber, numberToFloat16 } from "../tensors/float16.ts";
import { ARRAYS } from "../tensors/tensor-array.ts";
import { bytesPerElement } from "../tensors/tensor-value.ts";
import type { DecodedTensor, DecodedType, OpaqueTensor, Tensor, TensorData } from "./graph.ts";
import { count, int64, type TensorMessage } from "./protobuf.ts";
import { quoted, rejectModel } from "./rejected.ts";

const EXTERNAL = 1;

const DECODED_TYPES: ReadonlySet<string> = new Set<DecodedType>([
  "float32",
  "float64",
  "float16",
  "int64",
  "int32",
  "int8",
  "uint8",
  "bool",
]);

/** @throws ModelRejected if the number of elements does not match the dims */
export function readTensor(message: TensorMessage, name = message.name ?? ""): Tensor {
  const dims = (message.dims ?? []).map((dim) => count(dim, `A dimension of the weight ${quoted(name)}`));
  if (dims.some((dim) => dim < 0))
    rejectModel(`The weight ${quoted(name)} has the shape [${dims.join(", ")}]. The file is damaged.`);
  if (message.dataLocation === EXTERNAL) return externalTensor(message, name, dims);
  const elementType = elementTypeName(message.dataType ?? 0);
  if (!isDecodedType(elementType)) return { name, dims, type: "opaque", elementType, message };
  if (message.segment)
    rejectModel(
      `The weight ${quoted(name)} is stored in segments, which ONNX Runtime does not read. Export the model again.`,
    );
  const raw = message.rawData ?? new Uint8Array();
  return decoded(
    name,
    dims,
    elementType,
    raw.length > 0 ? fromRaw(elementType, raw, name) : fromFields(elementType, message),
  );
}

/** The tensor with these little-endian elements, e.g. from an external file. */
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

/** @throws ModelRejected for elements in another file */
export function tensorMessage(tensor: Tensor, name = tensor.name): TensorMessage {
  if (tensor.type === "external")
    rejectModel(
      `The weight ${quoted(tensor.name)} is kept in the file ${quoted(tensor.location)}. It has to be read before the model can be written.`,
    );
  if (tensor.type === "opaque") return { ...tensor.message, name };
  return { name, dims: [...tensor.dims], dataType: dataTypeOf(tensor.type), rawData: toRaw(tensor) };
}

function isDecodedType(name: string): name is DecodedType {
  return DECODED_TYPES.has(name);
}

function decoded(
  name: string,
  dims: readonly number[],
  type: DecodedType,
  data: TensorData[DecodedType],
): DecodedTensor {
  const expected = dims.reduce((product, dim) => product * dim, 1);
  if (data.length !== expected)
    rejectModel(
      `The weight ${quoted(name)} of shape [${dims.join(", ")}] needs ${expected} elements, but the file holds ${data.length}. ` +
        "The file is damaged or cut short; export or download it again.",
    );
  // The element type determines the array's type, which the compiler cannot follow through a union.
  return { name, dims, type, data } as DecodedTensor;
}

function externalTensor(message: TensorMessage, name: string, dims: readonly number[]): Tensor {
  const entries = new Map((message.externalData ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));
  const location = entries.get("location");
  if (!location)
    rejectModel(
      `The weight ${quoted(name)} is kept in another file that the model does not name. Export the model again.`,
    );
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
  rejectModel(
    `The position of the weight ${quoted(name)} in its external file is ${quoted(text)}, which is not a number of bytes.`,
  );
}

/** Raw data is little-endian, like every machine that runs a JavaScript engine today; a copy also aligns it. */
function fromRaw(type: DecodedType, raw: Uint8Array, name: string): TensorData[DecodedType] {
  if (raw.length % bytesPerElement(type) !== 0)
    rejectModel(
      `The weight ${quoted(name)} has ${raw.length} bytes, which is not a whole number of ${type} elements. The file is damaged.`,
    );
  const elements = new ARRAYS[type](raw.slice().buffer);
  return type === "float16"
    ? Float32Array.from(elements as Uint16Array, float16ToNumber)
    : (elements as TensorData[DecodedType]);
}

/** ONNX's other representation of elements: lists of numbers, with small integer types and float16's bits as int32. */
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
