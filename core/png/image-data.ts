import { Unzlib } from "fflate";
import { IsobitError } from "../errors.ts";
import { corrupt } from "./corrupt.ts";
import type { PngHeader } from "./header.ts";

/** Deflate makes at most 1032 bytes of one, so a slice this long becomes at most some 8 MB before anyone can object. */
const SLICE_BYTES = 8 * 1024;

/** First column, first row and the steps to the next ones of each pass: Adam7, section 8.2 of the PNG specification. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const ONE_PASS = [[0, 0, 1, 1]] as const;

/**
 * Inflates the image data once, keeping none of it, to see that it has exactly the length that the header needs. The
 * decoder inflates whatever comes and takes missing rows for black ones; this stops a bomb at the first byte too many.
 * @param parts one zlib stream, cut anywhere
 * @throws IsobitError UNSUPPORTED_IMAGE
 */
export function checkImageData(parts: readonly Uint8Array[], header: PngHeader): void {
  const needed = inflatedBytes(header);
  let inflated = 0;
  const stream = new Unzlib((chunk) => {
    inflated += chunk.length;
    if (inflated > needed) throw corrupt("its data inflates to more than its header's width and height need");
  });
  try {
    for (const part of parts) {
      for (let at = 0; at < part.length; at += SLICE_BYTES) stream.push(part.subarray(at, at + SLICE_BYTES));
    }
  } catch (error) {
    if (error instanceof IsobitError) throw error;
    throw corrupt("its compressed data is damaged", error);
  }
  if (inflated < needed) throw corrupt("its image data is cut short");
}

/** Every row of every pass starts with its filter's number and ends at a whole byte. */
function inflatedBytes({ width, height, bits, interlaced }: PngHeader): number {
  let sum = 0;
  for (const [x, y, stepX, stepY] of interlaced ? ADAM7 : ONE_PASS) {
    const columns = Math.ceil((width - x) / stepX);
    const rows = Math.ceil((height - y) / stepY);
    // A pass without columns has no rows either.
    if (columns > 0) sum += rows * (1 + Math.ceil((columns * bits) / 8));
  }
  return sum;
}
