import { base64 } from "@scure/base";
import { IsobitError } from "#core/errors.ts";
import { builder } from "./builder.ts";

builder.scalarType("Bytes", {
  description: "Base64 of raw bytes.",
  serialize: (bytes) => base64.encode(bytes),
  parseValue: (value) => decodeBase64(value),
});

function decodeBase64(value: unknown): Uint8Array {
  // Only raw-body.ts can hand in bytes as they are: JSON has none.
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string") {
    throw new IsobitError("BAD_INPUT", "Bytes are sent as a string of base64.");
  }
  try {
    return base64.decode(value);
  } catch {
    throw new IsobitError(
      "BAD_INPUT",
      "This is not base64: the alphabet is A-Z a-z 0-9 + / with = padding at the end, and no line breaks or data: prefix.",
    );
  }
}
