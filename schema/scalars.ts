import { base64 } from "@scure/base";
import { IsobitError } from "#core/errors.ts";
import { builder } from "./builder.ts";

builder.scalarType("Bytes", {
  description: "Base64 of raw bytes, with padding.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc4648#section-4",
  serialize: (bytes) => base64.encode(bytes),
  parseValue: (value) => decodeBase64(value),
});

builder.scalarType("DateTime", {
  description: "A date and time in UTC with milliseconds, e.g. 2026-12-01T09:30:00.000Z.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
});

builder.scalarType("Sha256", {
  description: "A SHA-256 digest as 64 lower-case hexadecimal digits.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc6234",
});

function decodeBase64(value: unknown): Uint8Array {
  if (typeof value !== "string") throw new IsobitError("BAD_INPUT", "Bytes must be a string of base64.");
  try {
    return base64.decode(value);
  } catch {
    throw new IsobitError(
      "BAD_INPUT",
      "This is not valid base64: use A-Z a-z 0-9 + / with = padding at the end, without line breaks or a data: prefix.",
    );
  }
}
