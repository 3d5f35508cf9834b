import type { Picture } from "./image.ts";
import { readPng } from "./png/chunks.ts";
import { hasSignature, readHeader } from "./png/header.ts";
import { inflate } from "./png/inflate.ts";
import { painter } from "./png/paint.ts";
import { ScanlineReader } from "./png/scanlines.ts";

/** True for anything that starts as a PNG does, however it goes on. */
export function isPng(bytes: Uint8Array): boolean {
  return hasSignature(bytes);
}

/**
 * Decodes a PNG of any colour type and bit depth, interlaced or not; of an animation, its default picture. Gamma and
 * colour profiles are ignored. 16-bit samples v become floor((v + 128) / 257), the nearest 8-bit level.
 *
 * Rows are unfiltered and painted while the data is still being inflated, so beside the result only two rows and some
 * megabytes are held: a Worker with 128 MB decodes what MAX_PICTURE_PIXELS allows, and data that inflates beyond its
 * header's size is refused at the first byte too many. (fast-png holds four copies and fails on interlaced pictures
 * of less than 8 bits; so only its inflating part, fflate, is used.)
 * @throws IsobitError INPUT_TOO_LARGE, from the header alone; UNSUPPORTED_IMAGE where it is no PNG, cut short or corrupt
 */
export function decodePng(bytes: Uint8Array): Picture {
  const header = readHeader(bytes);
  const parts = readPng(bytes, header);
  const picture: Picture = {
    width: header.width,
    height: header.height,
    rgba: new Uint8Array(header.width * header.height * 4),
  };
  const reader = new ScanlineReader(header, painter(header, parts, picture));
  inflate(parts.data, (inflated) => reader.push(inflated));
  reader.finish();
  return picture;
}
