import { joinedBytes } from "../../tensors/joined.ts";
import { corrupt } from "./corrupt.ts";
import { GREY, PALETTE, RGB, SIGNATURE, type PngHeader } from "./header.ts";

/** The parts of a file that the decoder gets. */
export interface PngParts {
  /** The file up to its end, without the metadata that the decoder would read. */
  readonly file: Uint8Array;
  /** The contents of the IDAT chunks: one zlib stream, split anywhere. */
  readonly data: readonly Uint8Array[];
}

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
  /** Length, type, data and checksum. */
  readonly whole: Uint8Array;
}

/** Length, type and checksum of a chunk. */
const CHUNK_FRAME_BYTES = 12;

/** Metadata that fast-png reads although the image does not depend on it: a compressed profile can be a bomb too. */
const METADATA: ReadonlySet<string> = new Set(["iCCP", "tEXt", "pHYs"]);

const UNDERSTOOD: ReadonlySet<string> = new Set(["PLTE", "IDAT", "IEND"]);

/**
 * Splits the file into chunks up to its end (IEND) and checks what the decoder does not.
 * @throws IsobitError UNSUPPORTED_IMAGE
 */
export function readParts(bytes: Uint8Array, header: PngHeader): PngParts {
  const chunks = readChunks(bytes).filter(({ type }) => !METADATA.has(type) && !(type === "tRNS" && hasAlpha(header)));
  const [, ...rest] = chunks;
  const unknown = rest.find(({ type }) => isCritical(type) && !UNDERSTOOD.has(type));
  if (unknown) throw corrupt(`it needs an unsupported chunk (${unknown.type})`);
  const data = rest.filter(({ type }) => type === "IDAT").map((chunk) => chunk.data);
  if (data.length === 0) throw corrupt("it has no image data (IDAT)");
  const dataOf = (wanted: string): Uint8Array | undefined => rest.findLast(({ type }) => type === wanted)?.data;
  if (header.colour === PALETTE) checkPalette(dataOf("PLTE"), dataOf("tRNS"));
  else checkTransparentColour(dataOf("tRNS"), header);
  return { file: joinedBytes([Uint8Array.from(SIGNATURE), ...chunks.map(({ whole }) => whole)]), data };
}

/** With alpha values, a transparent colour has no meaning. */
function hasAlpha({ colour }: PngHeader): boolean {
  return colour !== GREY && colour !== RGB && colour !== PALETTE;
}

function checkPalette(palette: Uint8Array | undefined, alphas: Uint8Array | undefined): void {
  if (!palette) throw corrupt("its colours are in a palette (PLTE) that is missing");
  if (palette.length === 0 || palette.length % 3 !== 0 || palette.length > 256 * 3) {
    throw corrupt(`its palette has ${palette.length} bytes, not 3 for each of 1 to 256 colours`);
  }
  if (alphas && alphas.length > palette.length / 3) {
    throw corrupt(`it has ${alphas.length} alpha values for ${palette.length / 3} palette colours`);
  }
}

/** The colour that tRNS makes transparent has 16 bits per sample, at every depth. */
function checkTransparentColour(clear: Uint8Array | undefined, { colour }: PngHeader): void {
  const length = colour === GREY ? 2 : 6;
  if (clear && clear.length !== length) {
    throw corrupt(`its transparent colour (tRNS) has ${clear.length} bytes instead of ${length}`);
  }
}

/** The header first, the end last. */
function readChunks(bytes: Uint8Array): Chunk[] {
  const chunks: Chunk[] = [];
  let at = SIGNATURE.length;
  do {
    const chunk = chunkAt(bytes, at);
    chunks.push(chunk);
    at += chunk.whole.length;
  } while (chunks.at(-1)?.type !== "IEND");
  return chunks;
}

function chunkAt(bytes: Uint8Array, at: number): Chunk {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const left = bytes.length - at - CHUNK_FRAME_BYTES;
  if (left < 0 || view.getUint32(at) > left) throw corrupt(`it is cut short, after ${bytes.length} bytes`);
  const length = view.getUint32(at);
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  if (!/^[A-Za-z]{4}$/.test(type)) throw corrupt(`there is no chunk where one should start, at byte ${at}`);
  const whole = bytes.subarray(at, at + CHUNK_FRAME_BYTES + length);
  return { type, data: whole.subarray(8, 8 + length), whole };
}

/** An upper-case first letter: the image must not be shown without understanding the chunk. */
function isCritical(type: string): boolean {
  return type.charAt(0) < "a";
}
