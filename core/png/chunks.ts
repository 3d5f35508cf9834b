import { corrupt } from "./corrupt.ts";
import { crc32 } from "./crc.ts";
import { PALETTE, SIGNATURE, type PngHeader } from "./header.ts";

/** What of the file the picture is made from. */
export interface PngParts {
  /** Three bytes an entry; null where there is none. */
  readonly palette: Uint8Array | null;
  /** The tRNS chunk: alphas of a palette, or the one transparent colour; null where there is none. */
  readonly transparency: Uint8Array | null;
  /** The IDAT chunks: one zlib stream, cut anywhere. */
  readonly data: readonly Uint8Array[];
}

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** Length, type and checksum of a chunk. */
const CHUNK_FRAME_BYTES = 12;

/**
 * Gathers the parts, with the checksum of every chunk checked, up to IEND. Chunks that only describe the picture
 * (text, colour profiles, time) are skipped unread: a compressed profile can be a bomb too.
 * @throws IsobitError UNSUPPORTED_IMAGE
 */
export function readPng(bytes: Uint8Array, header: PngHeader): PngParts {
  let palette: Uint8Array | null = null;
  let transparency: Uint8Array | null = null;
  const data: Uint8Array[] = [];
  for (const chunk of chunksAfterHeader(bytes)) {
    if (chunk.type === "PLTE") palette = chunk.data;
    else if (chunk.type === "tRNS") transparency = chunk.data;
    else if (chunk.type === "IDAT") data.push(chunk.data);
    else if (isCritical(chunk.type)) throw corrupt(`it needs a chunk that is not known here (${chunk.type})`);
  }
  if (data.length === 0) throw corrupt("it has no image data (IDAT)");
  if (header.colour === PALETTE) checkPalette(palette, transparency);
  return { palette, transparency, data };
}

function checkPalette(palette: Uint8Array | null, transparency: Uint8Array | null): void {
  if (!palette) throw corrupt("its colours are in a palette (PLTE) that is missing");
  if (palette.length === 0 || palette.length % 3 !== 0 || palette.length > 256 * 3) {
    throw corrupt(`its palette has ${palette.length} bytes, not 3 for each of 1 to 256 colours`);
  }
  if (transparency && transparency.length > palette.length / 3) {
    throw corrupt(`it has ${transparency.length} alpha values for ${palette.length / 3} palette colours`);
  }
}

function* chunksAfterHeader(bytes: Uint8Array): Generator<Chunk> {
  let at = SIGNATURE.length;
  for (let index = 0; ; index++) {
    const chunk = chunkAt(bytes, at);
    if (chunk.type === "IEND") return;
    if (index > 0) yield chunk;
    at += CHUNK_FRAME_BYTES + chunk.data.length;
  }
}

function chunkAt(bytes: Uint8Array, at: number): Chunk {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const left = bytes.length - at - CHUNK_FRAME_BYTES;
  if (left < 0 || view.getUint32(at) > left) throw corrupt(`it is cut short, after ${bytes.length} bytes`);
  const length = view.getUint32(at);
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  if (!/^[A-Za-z]{4}$/.test(type)) throw corrupt(`there is no chunk where one should start, at byte ${at}`);
  const checked = bytes.subarray(at + 4, at + 8 + length);
  if (crc32(checked) !== view.getUint32(at + 8 + length)) {
    throw corrupt(`the checksum of its ${type} chunk is wrong, so some of its bytes have changed`);
  }
  return { type, data: checked.subarray(4) };
}

/** An upper-case first letter means: do not show the picture without understanding this. */
function isCritical(type: string): boolean {
  return type.charAt(0) < "a";
}
