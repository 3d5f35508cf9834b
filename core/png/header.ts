import { IsobitError } from "../errors.ts";
import { MAX_PICTURE_PIXELS } from "../limits.ts";
import { corrupt } from "./corrupt.ts";

/** PNG's colour types, by the numbers the format gives them. */
export const GREY = 0;
export const RGB = 2;
export const PALETTE = 3;
export const GREY_ALPHA = 4;
export const RGB_ALPHA = 6;

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits a sample. */
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly colour: number;
  /** Samples a pixel; a palette index is one. */
  readonly samples: number;
  readonly interlaced: boolean;
}

/** Samples a pixel and allowed depths, by colour type: table 11.1 of the PNG specification. */
const COLOURS: ReadonlyMap<number, { readonly samples: number; readonly depths: readonly number[] }> = new Map([
  [GREY, { samples: 1, depths: [1, 2, 4, 8, 16] }],
  [RGB, { samples: 3, depths: [8, 16] }],
  [PALETTE, { samples: 1, depths: [1, 2, 4, 8] }],
  [GREY_ALPHA, { samples: 2, depths: [8, 16] }],
  [RGB_ALPHA, { samples: 4, depths: [8, 16] }],
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
 * Reads the header and refuses what is too large before anything else of the file is looked at, its checksum included.
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
  checkSize(width, height);
  const [depth, colour, compression, filter, interlace] = bytes.subarray(DEPTH_AT, HEADER_END);
  const kind = COLOURS.get(colour!);
  if (!kind?.depths.includes(depth!)) throw corrupt(`there is no colour type ${colour} with ${depth} bits a sample`);
  if (compression !== 0 || filter !== 0 || interlace! > 1) {
    throw corrupt(
      `its header names an unknown method (compression ${compression}, filter ${filter}, interlace ${interlace})`,
    );
  }
  return {
    width,
    height,
    depth: depth as PngHeader["depth"],
    colour: colour!,
    samples: kind.samples,
    interlaced: interlace === 1,
  };
}

function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw corrupt(`its header says ${width} x ${height} pixels`);
  if (width * height > MAX_PICTURE_PIXELS) {
    throw new IsobitError(
      "INPUT_TOO_LARGE",
      `A picture of ${width} x ${height} pixels is too large: at most ${MAX_PICTURE_PIXELS} pixels fit. Scale it down first.`,
    );
  }
}
