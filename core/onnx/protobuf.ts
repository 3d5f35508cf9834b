import "./wide-integers.ts";
import type Long from "long";
import onnxProto from "onnx-proto";
import type { onnx } from "onnx-proto";
import protobuf from "protobufjs/minimal.js";
import { rejectModel } from "./rejected.ts";

export const { ModelProto, TensorProto } = onnxProto.onnx;

export type ModelMessage = onnx.IModelProto;
export type GraphMessage = onnx.IGraphProto;
export type NodeMessage = onnx.INodeProto;
export type AttributeMessage = onnx.IAttributeProto;
export type TensorMessage = onnx.ITensorProto;
export type ValueInfoMessage = onnx.IValueInfoProto;

/** Decodes without Node's Buffer, whose strings and slices differ slightly from the browser's. */
export function decodeModel(bytes: Uint8Array): ModelMessage {
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return ModelProto.decode(new protobuf.Reader(plain));
}

/** The same bytes on every machine: fields in the schema's order, and without Node's Buffer. */
export function encodeModel(message: ModelMessage): Uint8Array {
  return ModelProto.encode(message, new protobuf.Writer()).finish().slice();
}

/** The exact int64 of a message, which protobufjs gives as a Long. Default: 0. */
export function int64(value: unknown): bigint {
  if (value === null || value === undefined) return 0n;
  if (typeof value === "number") return BigInt(value);
  const { low, high } = value as { low: number; high: number };
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

/** The two halves of an int64, as protobufjs writes it. */
export function int64Message(value: bigint): Long {
  return {
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: false,
  } as Long;
}

/**
 * An int64 that counts something, as a number.
 * @throws ModelRejected beyond 2^53, more than anything real
 */
export function count(value: unknown, what: string): number {
  const exact = int64(value);
  const number = Number(exact);
  if (Number.isSafeInteger(number)) return number;
  rejectModel(`${what} is ${exact}, which is impossible. The file is damaged; export or download it again.`);
}

/** True if the text is read without loss: it is well formed, and writing it again gives the same bytes. */
export function isUtf8(bytes: Uint8Array): boolean {
  if (bytes.every((byte) => byte < 0x80)) return true;
  const text = protobuf.util.utf8.read(bytes, 0, bytes.length);
  if (!text.isWellFormed() || protobuf.util.utf8.length(text) !== bytes.length) return false;
  const written = new Uint8Array(bytes.length);
  protobuf.util.utf8.write(text, written, 0);
  return written.every((byte, at) => byte === bytes[at]);
}
