import { type FlateError, FlateErrorCode, inflateSync, Unzlib } from "fflate";
import type { IsobitError } from "../../errors.ts";
import { corrupt } from "./corrupt.ts";
import type { PngHeader } from "./header.ts";

/** The most bytes that one byte of deflated data can make: two bits can mean 258 bytes (RFC 1951, 3.2.5). */
const MOST_INFLATED = 1032;
/** Inflates to at most some 8 MB before the check. */
const SLICE_BYTES = 8 * 1024;
/** A zlib stream's own header (RFC 1950, 2.2); the decoder checks it. */
const ZLIB_HEADER_BYTES = 2;

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
 * Inflates the image data once, without keeping it, to check that it has exactly the length that the header needs. The
 * decoder would inflate anything and take missing rows as black; this stops a bomb at the first byte too many.
 * @param parts one zlib stream, cut anywhere
 * @throws IsobitError UNSUPPORTED_IMAGE
 */
export function checkImageData(parts: readonly Uint8Array[], header: PngHeader): void {
  const needed = inflatedBytes(header);
  const [only] = parts;
  const inflated =
    parts.length === 1 && only!.length <= SLICE_BYTES ? inflatedAtOnce(only!, needed) : inflatedInSlices(parts, needed);
  if (inflated > needed) throw corrupt("its data inflates to more than its header's width and height need");
  if (inflated < needed) throw corrupt("its image data is cut short");
}

/** Takes no more memory than needed; a stream takes some 200 kB, which is much for a digit. Counts up to one byte too many. */
function inflatedAtOnce(data: Uint8Array, needed: number): number {
  const deflated = data.subarray(ZLIB_HEADER_BYTES);
  if (deflated.length * MOST_INFLATED < needed) return 0;
  try {
    return inflateSync(deflated, { out: new Uint8Array(needed + 1) }).length;
  } catch (error) {
    // Stored bytes that do not fit into the memory given.
    if (error instanceof RangeError) return needed + 1;
    throw asCorrupt(error);
  }
}

/** Counts until there is one byte too many. */
function inflatedInSlices(parts: readonly Uint8Array[], needed: number): number {
  let inflated = 0;
  const stream = new Unzlib((chunk) => (inflated += chunk.length));
  try {
    for (const part of parts) {
      for (let at = 0; at < part.length; at += SLICE_BYTES) {
        stream.push(part.subarray(at, at + SLICE_BYTES));
        if (inflated > needed) return inflated;
      }
    }
    return inflated;
  } catch (error) {
    throw asCorrupt(error);
  }
}

function asCorrupt(error: unknown): IsobitError {
  const ended = (error as Partial<FlateError>).code === FlateErrorCode.UnexpectedEOF;
  return corrupt(ended ? "its image data is cut short" : "its compressed data is damaged", error);
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
