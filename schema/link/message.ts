import { IsobitError } from "#core/errors.ts";
import { joinedBytes } from "#core/tensors/joined.ts";

/** What crosses between the sides, in both directions: JSON, and byte strings that JSON would carry a third larger. */
export interface Message {
  readonly json: unknown;
  readonly bytes: readonly Uint8Array[];
}

export const MESSAGE_TYPE = "application/octet-stream";

const LENGTH_BYTES = 4;

/** The length of a JSON text (uint32, little-endian), the text `{ json, sizes }`, and the byte strings of those sizes. */
export function encodeMessage({ json, bytes }: Message): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify({ json, sizes: bytes.map(({ length }) => length) }));
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return joinedBytes([length, text, ...bytes]);
}

/**
 * The inverse; each byte string is a copy, so that it can be read as elements of any type.
 * @throws IsobitError BAD_INPUT
 */
export function decodeMessage(encoded: Uint8Array): Message {
  const { length } = encoded;
  let at = LENGTH_BYTES;
  if (length >= at) at += new DataView(encoded.buffer, encoded.byteOffset).getUint32(0, true);
  const text = new TextDecoder().decode(encoded.subarray(LENGTH_BYTES, at));
  const { json, sizes } = parse(text) ?? {};
  if (!Array.isArray(sizes) || !sizes.every((size) => Number.isInteger(size) && size >= 0)) throw malformed();
  const bytes = sizes.map((size: number) => encoded.slice(at, (at += size)));
  if (at !== length) throw malformed();
  return { json, bytes };
}

function parse(text: string): { readonly json?: unknown; readonly sizes?: unknown } | null {
  try {
    return JSON.parse(text) as object | null;
  } catch (error) {
    throw malformed(error);
  }
}

function malformed(cause?: unknown): IsobitError {
  return new IsobitError("BAD_INPUT", "The message between the sides is malformed.", { cause });
}
