import { Unzlib } from "fflate";
import { IsobitError } from "../errors.ts";
import { corrupt } from "./corrupt.ts";

/** Deflate makes at most 1032 bytes of one, so a slice this long becomes at most some 8 MB before anyone can object. */
const SLICE_BYTES = 8 * 1024;

/**
 * Inflates one zlib stream that comes in parts, handing on what is ready.
 * @param use may throw to stop; its IsobitError goes through
 * @throws IsobitError UNSUPPORTED_IMAGE
 */
export function inflate(parts: readonly Uint8Array[], use: (inflated: Uint8Array) => void): void {
  const stream = new Unzlib(use);
  try {
    for (const part of parts) {
      for (let at = 0; at < part.length; at += SLICE_BYTES) stream.push(part.subarray(at, at + SLICE_BYTES));
    }
  } catch (error) {
    if (error instanceof IsobitError) throw error;
    throw corrupt("its compressed data is damaged", error);
  }
}
