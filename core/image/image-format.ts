import { IsobitError } from "../errors.ts";

/** First bytes of the formats that the origin decodes, in addition to PNG; -1 matches any byte. Source: each format's specification. */
const SIGNATURES: readonly (readonly number[])[] = [
  [0xff, 0xd8, 0xff], // JPEG
  ascii("GIF8"),
  ascii("II*\0"), // TIFF, little-endian
  ascii("MM\0*"), // TIFF, big-endian
  ascii("II+\0"), // BigTIFF
  ascii("MM\0+"),
  [...ascii("RIFF"), -1, -1, -1, -1, ...ascii("WEBP")],
  [-1, -1, -1, -1, ...ascii("ftyp")], // AVIF and its relatives
];

/**
 * Refuses files that are not images before the origin is asked, so that their error is the same while the origin is down.
 * @throws IsobitError UNSUPPORTED_IMAGE
 */
export function checkImageFormat(file: Uint8Array): void {
  if (SIGNATURES.some((signature) => signature.every((byte, at) => byte === -1 || file[at] === byte))) return;
  throw new IsobitError(
    "UNSUPPORTED_IMAGE",
    "The file is not an image in a supported format: PNG, JPEG, WebP, AVIF, GIF and TIFF.",
  );
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}
