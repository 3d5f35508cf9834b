import { IsobitError } from "../errors.ts";

/** First bytes of the formats that the origin decodes, beside PNG; -1 stands for any byte. Source: each format's own specification. */
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
 * Refuses what is no image at all before the origin is asked, so that a text file is called one with the origin down too.
 * @throws IsobitError UNSUPPORTED_IMAGE
 */
export function checkImageFormat(file: Uint8Array): void {
  if (SIGNATURES.some((signature) => signature.every((byte, at) => byte === -1 || file[at] === byte))) return;
  throw new IsobitError(
    "UNSUPPORTED_IMAGE",
    "The file is no image of a kind that can be read: PNG, JPEG, WebP, AVIF, GIF and TIFF. Its first bytes are of none of them.",
  );
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}
