import { crc32, deflateSync } from "node:zlib";

/** A PNG of any kind the format has, which is more than image libraries write. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  readonly colour: 0 | 2 | 3 | 4 | 6;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly interlaced: boolean;
  /** Row-major, a pixel's samples side by side. */
  readonly samples: readonly number[];
  readonly palette?: readonly number[] | undefined;
  readonly transparency?: readonly number[] | undefined;
  /** The filter of each row in turn, over and over. */
  readonly filters?: readonly number[];
  /** The image data is cut into this many chunks. */
  readonly pieces?: number;
}

export const SAMPLES = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;

export const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

export function headerChunk(width: number, height: number, depth: number, colour: number, interlace = 0): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([depth, colour, 0, 0, interlace], 8);
  return pngChunk("IHDR", data);
}

export const END = pngChunk("IEND", Buffer.alloc(0));

export function writePng(drawing: Drawing): Buffer {
  const { width, height, depth, colour, interlaced, palette, transparency } = drawing;
  const data = deflateSync(filteredRows(drawing));
  const piece = Math.ceil(data.length / (drawing.pieces ?? 1));
  const pieces = Array.from({ length: Math.ceil(data.length / piece) }, (_, index) =>
    pngChunk("IDAT", data.subarray(index * piece, (index + 1) * piece)),
  );
  return Buffer.concat([
    SIGNATURE,
    headerChunk(width, height, depth, colour, Number(interlaced)),
    ...(palette ? [pngChunk("PLTE", Uint8Array.from(palette))] : []),
    ...(transparency ? [pngChunk("tRNS", Uint8Array.from(transparency))] : []),
    ...pieces,
    END,
  ]);
}

/** Every row of every pass, filtered, its filter's number before it. */
function filteredRows(drawing: Drawing): Buffer {
  const step = Math.max(1, (SAMPLES[drawing.colour] * drawing.depth) / 8);
  const filters = drawing.filters ?? [0];
  let number = 0;
  const passes = passesOf(drawing).map((rows) =>
    rows.map((row, index) => filtered(filters[number++ % filters.length]!, row, rows[index - 1], step)),
  );
  return Buffer.concat(passes.flat());
}

/** The packed rows of each pass, straight from the table that shows Adam7's pattern. */
function passesOf(drawing: Drawing): Buffer[][] {
  if (!drawing.interlaced) return [packedRows(drawing, () => true)];
  const pattern = ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];
  return [..."1234567"].map((pass) => packedRows(drawing, (x, y) => pattern[y % 8]![x % 8] === pass));
}

function packedRows(
  { width, height, colour, depth, samples }: Drawing,
  takes: (x: number, y: number) => boolean,
): Buffer[] {
  const count = SAMPLES[colour];
  const rows: Buffer[] = [];
  for (let y = 0; y < height; y++) {
    let bits = "";
    for (let x = 0; x < width; x++) {
      if (!takes(x, y)) continue;
      const from = (y * width + x) * count;
      for (const sample of samples.slice(from, from + count)) bits += sample.toString(2).padStart(depth, "0");
    }
    const bytes = bits.match(/.{1,8}/g) ?? [];
    if (bytes.length > 0) rows.push(Buffer.from(bytes.map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2))));
  }
  return rows;
}

function filtered(filter: number, row: Buffer, above: Buffer | undefined, step: number): Buffer {
  const out = Buffer.alloc(row.length + 1);
  out[0] = filter;
  for (const [at, byte] of row.entries()) {
    const left = row[at - step] ?? 0;
    const up = above?.[at] ?? 0;
    const corner = at < step ? 0 : (above?.[at - step] ?? 0);
    out[at + 1] = byte - predicted(filter, left, up, corner);
  }
  return out;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter < 4) return [0, left, up, (left + up) >> 1][filter]!;
  const guess = left + up - corner;
  // Stable sort: ties go to left, then up.
  return [left, up, corner].toSorted((a, b) => Math.abs(guess - a) - Math.abs(guess - b))[0]!;
}
