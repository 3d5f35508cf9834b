import { IsobitError } from "../../errors.ts";
import { MAX_PNG_PIXELS } from "../../limits.ts";
import { corrupt } from "./corrupt.ts";

/** PNG's colour types that the decoder distinguishes, by the format's numbers. */
export const GREY = 0;
export const RGB = 2;
export const PALETTE = 3;

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly colour: number;
  /** Bits per pixel. */
  readonly bits: number;
  readonly interlaced: boolean;
}

/** Samples per pixel (a palette index is one) and allowed bits per sample, by colour type: table 11.1 of the PNG specification. */
const COLOURS: ReadonlyMap<number, { readonly samples: number; readonly depths: readonly number[] }> = new Map([
  [GREY, { samples: 1, depths: [1, 2, 4, 8, 16] }],
  [RGB, { samples: 3, depths: [8, 16] }],
  [PALETTE, { samples: 1, depths: [1, 2, 4, 8] }],
  [4, { samples: 2, depths: [8, 16] }],
  [6, { samples: 4, depths: [8, 16] }],
]);

export const SIGNATURE = Object.freeze([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** IHDR as the first chunk: the signature, 8 bytes of length and type, then its 13 bytes. */
const WIDTH_AT = 16;
const HEIGHT_AT = 20;
const DEPTH_AT = 24;
const IHDR_BYTES = 13;
const HEADER_END = 29;

export function hasSignature(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, at) => bytes[at] === byte);
}

/**
 * Reads the header and refuses large images before anything else in the file is read, the header's checksum included.
 * @throws IsobitError INPUT_TOO_LARGE, UNSUPPORTED_IMAGE
 */
export function readHeader(bytes: Uint8Array): PngHeader {
  if (!hasSignature(bytes)) throw corrupt("it does not start with PNG's signature");
  if (bytes.length < HEADER_END) throw corrupt("it is cut short within its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(8) !== IHDR_BYTES || view.getUint32(12) !== 0x49484452) {
    throw corrupt("its first chunk is not a header (IHDR)");
  }
  const width = view.getUint32(WIDTH_AT);
  const height = view.getUint32(HEIGHT_AT);
  const [depth = 0, colour = 0, compression, filter, interlace] = bytes.subarray(DEPTH_AT, HEADER_END);
  checkSize(width, height, depth);
  const kind = COLOURS.get(colour);
  if (!kind?.depths.includes(depth)) throw corrupt(`there is no colour type ${colour} with ${depth} bits per sample`);
  if (compression !== 0 || filter !== 0 || (interlace !== 0 && interlace !== 1)) {
    throw corrupt(
      `its header names an unknown method (compression ${compression}, filter ${filter}, interlace ${interlace})`,
    );
  }
  const interlaced = interlace === 1;
  if (interlaced && depth < 8) {
    // fast-png would read every sample as a byte.
    const bits = depth === 1 ? "1 bit" : `${depth} bits`;
    const message = `This PNG is interlaced and has ${bits} per sample, which is not supported. Save it without interlacing.`;
    throw new IsobitError("UNSUPPORTED_IMAGE", message);
  }
  return { width, height, colour, bits: depth * kind.samples, interlaced };
}

function checkSize(width: number, height: number, depth: number): void {
  if (width === 0 || height === 0) throw corrupt(`its header says ${width} x ${height} pixels`);
  const most = depth === 16 ? MAX_PNG_PIXELS / 2 : MAX_PNG_PIXELS;
  if (width * height <= most) return;
  throw new IsobitError(
    "INPUT_TOO_LARGE",
    `A PNG of ${width} x ${height} pixels with ${depth} bits per sample is too large: the limit is ${most} pixels. Scale it down first.`,
  );
}
