import { isUtf8 } from "./protobuf.ts";
import { ModelRejected, rejectModel } from "./rejected.ts";
import { MODEL, type Scalar, type WireField, type WireMessage } from "./wire-schema.ts";

/** Protobuf's limit in C++, and so in ONNX Runtime. */
const MAX_DEPTH = 100;
const TAG_BYTES = 5;
const VARINT_BYTES = 10;
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const WIRE_TYPES: Readonly<Record<Scalar, number>> = Object.freeze({
  varint: VARINT,
  fixed32: FIXED32,
  fixed64: FIXED64,
  string: LENGTH,
  blob: LENGTH,
});

/**
 * Refuses a file that two protobuf readers may read differently, so that isobit never describes another graph than the one
 * that a runtime runs: a singular field that occurs twice (C++ merges what JavaScript replaces), two fields that exclude
 * each other, a wrong wire type, a value outside its enumeration, text that is not UTF-8 (two names may become one),
 * groups, and lists that end in the middle of a number. Fields that the schema lacks are skipped, as by every reader.
 * @throws ModelRejected naming the field
 */
export function checkWire(bytes: Uint8Array): void {
  new WireCheck(bytes).message(MODEL, 0, bytes.length, 0);
}

class WireCheck {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  message(type: WireMessage, start: number, end: number, depth: number): void {
    if (depth > MAX_DEPTH) rejectModel(`Its messages nest more than ${MAX_DEPTH} deep. The file is damaged.`);
    const seen = new Set<string>();
    this.#at = start;
    while (this.#at < end) {
      const tag = this.#varint(end, TAG_BYTES);
      const [number, wire] = [Math.floor(tag / 8), tag % 8];
      const field = type.fields.get(number);
      if (number === 0 || tag >= 2 ** 32) throw damaged(`a field number in ${type.name} is not valid`);
      if (field) this.#once(type, field, seen);
      this.#field(type, field, wire, end, depth);
    }
  }

  #once(type: WireMessage, { name, repeated, oneof }: WireField, seen: Set<string>): void {
    if (repeated) return;
    if (seen.has(name))
      rejectModel(
        `${type.name} has its field ${name} twice, and readers differ in which one they use. Export the model again.`,
      );
    if (oneof !== undefined && seen.has(`${oneof} of ${type.name}`))
      rejectModel(
        `${type.name} has the field ${name} together with one that excludes it, and readers differ in which one they use. Export the model again.`,
      );
    seen.add(name);
    if (oneof !== undefined) seen.add(`${oneof} of ${type.name}`);
  }

  #field(type: WireMessage, field: WireField | undefined, wire: number, end: number, depth: number): void {
    const start = this.#at;
    if (field) requireWireType(type, field, wire);
    switch (wire) {
      case VARINT: {
        const value = this.#varint(end, VARINT_BYTES);
        if (field?.most !== undefined && value > field.most)
          throw damaged(`${field.name} of ${type.name} is ${value}, which is not one of its values`);
        return;
      }
      case FIXED64:
        return this.#skip(8, end);
      case FIXED32:
        return this.#skip(4, end);
      case LENGTH: {
        const length = this.#varint(end, VARINT_BYTES);
        const from = this.#at;
        this.#skip(length, end);
        if (field) this.#content(type, field, from, from + length, depth);
        this.#at = from + length;
        return;
      }
      default:
        throw damaged(`byte ${start} has a wire type that ONNX does not use`);
    }
  }

  #content(type: WireMessage, { name, kind }: WireField, start: number, end: number, depth: number): void {
    const inner = typeof kind === "function" ? kind() : kind;
    if (typeof inner === "object") return this.message(inner, start, end, depth + 1);
    if (kind === "string") return this.#text(type, name, start, end);
    const size = kind === "fixed32" ? 4 : kind === "fixed64" ? 8 : 1;
    const whole = (end - start) % size === 0 && !(kind === "varint" && end > start && this.#bytes[end - 1]! >= 0x80);
    if (!whole) throw damaged(`the list ${name} of ${type.name} ends in the middle of a number`);
  }

  #text(type: WireMessage, name: string, start: number, end: number): void {
    if (isUtf8(this.#bytes.subarray(start, end))) return;
    rejectModel(
      `The field ${name} of ${type.name} is not valid UTF-8, so that two different names may be read as one. Export the model with names in UTF-8.`,
    );
  }

  #skip(count: number, end: number): void {
    if (count > end - this.#at) throw damaged("it ends in the middle of a field");
    this.#at += count;
  }

  /** As a double: exact up to 2^53, far beyond every length and enumeration. */
  #varint(end: number, most: number): number {
    let value = 0;
    for (let index = 0; index < most && this.#at < end; index++) {
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    throw damaged("it ends in the middle of a number");
  }
}

/** Numbers may be repeated one by one or packed into one list; other fields have a single encoding. */
function requireWireType(type: WireMessage, { name, kind, repeated }: WireField, wire: number): void {
  const own = typeof kind === "string" ? WIRE_TYPES[kind] : LENGTH;
  if (wire === own || (repeated && wire === LENGTH)) return;
  throw damaged(`${name} of ${type.name} has the wrong wire type`);
}

function damaged(what: string): ModelRejected {
  return new ModelRejected(
    `The file is cut short, damaged or not ONNX at all: ${what}. Download or export the model again.`,
  );
}
