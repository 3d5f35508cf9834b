import { FIELDS, type MessageType } from "./schema.ts";

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;

/** One field as it is in the file. */
export interface Field {
  readonly number: number;
  readonly wire: number;
  /** A number, bytes (of fixed numbers too), a message, or bytes that stand as they are, tag and length included. */
  readonly value: bigint | Uint8Array | Message | { readonly raw: Uint8Array };
}

/** A message as the list of its fields, in the file's order and as often as they occur. */
export interface Message {
  readonly type: MessageType;
  readonly fields: Field[];
}

export function isMessage(value: Field["value"]): value is Message {
  return typeof value === "object" && "fields" in value;
}

export function parse(bytes: Uint8Array, type: MessageType): Message {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (count: number): Uint8Array => bytes.subarray(at, (at += count));
  while (at < bytes.length) {
    const tag = Number(varint());
    const [number, wire] = [tag >>> 3, tag & 7];
    const kind = FIELDS[type][number]?.replace("*", "");
    if (wire === VARINT) fields.push({ number, wire, value: varint() });
    else if (wire !== LENGTH) fields.push({ number, wire, value: take(wire === FIXED64 ? 8 : 4) });
    else {
      const content = take(Number(varint()));
      const value = kind !== undefined && kind in FIELDS ? parse(content, kind as MessageType) : content;
      fields.push({ number, wire, value });
    }
  }
  return { type, fields };
}

export function encode({ fields }: Message): Uint8Array {
  return joined(fields.map(encodeField));
}

function encodeField({ number, wire, value }: Field): Uint8Array {
  if (typeof value === "object" && "raw" in value) return value.raw;
  const tag = varintBytes(BigInt((number << 3) | wire));
  if (typeof value === "bigint") return joined([tag, varintBytes(value)]);
  const content = isMessage(value) ? encode(value) : value;
  return wire === LENGTH ? joined([tag, varintBytes(BigInt(content.length)), content]) : joined([tag, content]);
}

/** @param padding bytes that add nothing but length */
export function varintBytes(value: bigint, padding = 0): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  } while (rest > 0n);
  for (let left = padding; left > 0; left--) bytes.push(0x80);
  bytes.push(bytes.pop()! & 0x7f);
  return Uint8Array.from(bytes);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Fields by hand: a number is a varint, text is UTF-8. */
export function field(number: number, value: number | bigint | string | Uint8Array | Message): Field {
  if (typeof value === "number" || typeof value === "bigint") return { number, wire: VARINT, value: BigInt(value) };
  return { number, wire: LENGTH, value: typeof value === "string" ? utf8(value) : value };
}

export function message(type: MessageType, ...fields: Field[]): Message {
  return { type, fields };
}

export interface Place {
  readonly parent: Message;
  readonly index: number;
  readonly field: Field;
}

/** Every field at any depth. */
export function placesIn(root: Message): readonly Place[] {
  return root.fields.flatMap((each, index) => [
    { parent: root, index, field: each },
    ...(isMessage(each.value) ? placesIn(each.value) : []),
  ]);
}

export function copyOf({ type, fields }: Message): Message {
  return {
    type,
    fields: fields.map((each) => (isMessage(each.value) ? { ...each, value: copyOf(each.value) } : each)),
  };
}

/** The messages that a field of this number holds. */
export function children(parent: Message, number: number): readonly Message[] {
  return parent.fields.flatMap((each) => (each.number === number && isMessage(each.value) ? [each.value] : []));
}

export function textOf(parent: Message, number: number): string {
  const found = parent.fields.find((each) => each.number === number)?.value;
  return found instanceof Uint8Array ? new TextDecoder().decode(found) : "";
}

/** Gives a singular field another value, or adds it. */
export function put(parent: Message, changed: Field): void {
  const at = parent.fields.findIndex(({ number }) => number === changed.number);
  if (at < 0) parent.fields.push(changed);
  else parent.fields[at] = changed;
}

export function tagBytes(number: number, wire: number): Uint8Array {
  return varintBytes(BigInt(number) * 8n + BigInt(wire));
}

/** A field whose tag, or whose number or length, is written longer than needed. */
export function overlong({ number, wire, value }: Field, part: "tag" | "value", padding: number): Uint8Array {
  const key = varintBytes(BigInt((number << 3) | wire), part === "tag" ? Math.min(padding, 5) : 0);
  const more = part === "value" ? padding : 0;
  if (typeof value === "bigint") return joined([key, varintBytes(value, more)]);
  const content = isMessage(value) ? encode(value) : (value as Uint8Array);
  if (wire !== LENGTH) return joined([key, content]);
  return joined([key, varintBytes(BigInt(content.length), more), content]);
}

/** The numbers of a packed list. */
export function varintsIn(value: Field["value"]): readonly bigint[] {
  const numbers: bigint[] = [];
  let number = 0n;
  let shift = 0n;
  for (const byte of value as Uint8Array) {
    number |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0n;
    shift = 0n;
  }
  return numbers;
}
