import type { Picture } from "../image.ts";
import type { PngParts } from "./chunks.ts";
import { corrupt } from "./corrupt.ts";
import { GREY, GREY_ALPHA, PALETTE, RGB, type PngHeader } from "./header.ts";
import type { PaintRow } from "./scanlines.ts";

type Depth = PngHeader["depth"];

/** Reads sample `index` of a row. */
type ReadSample = (row: Uint8Array, index: number) => number;

/** Writes pixel `index` of a row as four bytes at `to`. */
type PaintPixel = (row: Uint8Array, index: number, to: number) => void;

/** A function that puts rows into the picture, as 8-bit RGBA. */
export function painter(header: PngHeader, parts: PngParts, { width, rgba }: Picture): PaintRow {
  const paint = pixelPainter(header, parts, rgba);
  return (row, pixels, pass, number) => {
    const y = pass.y + number * pass.stepY;
    for (let index = 0; index < pixels; index++) {
      paint(row, index, 4 * (y * width + pass.x + index * pass.stepX));
    }
  };
}

function pixelPainter(header: PngHeader, parts: PngParts, rgba: Uint8Array): PaintPixel {
  const read = SAMPLE_READERS[header.depth];
  const level = LEVELS[header.depth];
  switch (header.colour) {
    case PALETTE:
      return fromPalette(read, parts, rgba);
    case GREY:
      return fromGrey(read, level, transparentColour(parts, 1), rgba);
    case RGB:
      return fromRgb(read, level, transparentColour(parts, 3), rgba);
    default:
      return withAlpha(read, level, header.colour === GREY_ALPHA ? 1 : 3, rgba);
  }
}

function fromPalette(read: ReadSample, { palette, transparency }: PngParts, rgba: Uint8Array): PaintPixel {
  const colours = palette ?? new Uint8Array(0);
  return (row, index, to) => {
    const entry = read(row, index);
    if (3 * entry >= colours.length) throw corrupt(`a pixel has colour ${entry} of a palette of ${colours.length / 3}`);
    rgba[to] = colours[3 * entry]!;
    rgba[to + 1] = colours[3 * entry + 1]!;
    rgba[to + 2] = colours[3 * entry + 2]!;
    rgba[to + 3] = transparency?.[entry] ?? 255;
  };
}

function fromGrey(read: ReadSample, level: Level, clear: readonly number[] | null, rgba: Uint8Array): PaintPixel {
  return (row, index, to) => {
    const sample = read(row, index);
    rgba.fill(level(sample), to, to + 3);
    rgba[to + 3] = clear?.[0] === sample ? 0 : 255;
  };
}

function fromRgb(read: ReadSample, level: Level, clear: readonly number[] | null, rgba: Uint8Array): PaintPixel {
  return (row, index, to) => {
    const red = read(row, 3 * index);
    const green = read(row, 3 * index + 1);
    const blue = read(row, 3 * index + 2);
    rgba[to] = level(red);
    rgba[to + 1] = level(green);
    rgba[to + 2] = level(blue);
    rgba[to + 3] = clear !== null && clear[0] === red && clear[1] === green && clear[2] === blue ? 0 : 255;
  };
}

function withAlpha(read: ReadSample, level: Level, colours: 1 | 3, rgba: Uint8Array): PaintPixel {
  const samples = colours + 1;
  return (row, index, to) => {
    const at = samples * index;
    rgba[to] = level(read(row, at));
    rgba[to + 1] = colours === 1 ? rgba[to]! : level(read(row, at + 1));
    rgba[to + 2] = colours === 1 ? rgba[to]! : level(read(row, at + 2));
    rgba[to + 3] = level(read(row, at + colours));
  };
}

/** The one colour that tRNS makes transparent, 16 bits a sample whatever the depth. */
function transparentColour({ transparency }: PngParts, samples: 1 | 3): readonly number[] | null {
  if (!transparency) return null;
  if (transparency.length !== 2 * samples) {
    throw corrupt(`its transparent colour (tRNS) has ${transparency.length} bytes instead of ${2 * samples}`);
  }
  return Array.from({ length: samples }, (_, index) => sample16(transparency, index));
}

const sample16: ReadSample = (row, index) => (row[2 * index]! << 8) | row[2 * index + 1]!;

const SAMPLE_READERS: Readonly<Record<Depth, ReadSample>> = Object.freeze({
  1: (row, index) => (row[index >> 3]! >> (7 - (index & 7))) & 1,
  2: (row, index) => (row[index >> 2]! >> (6 - 2 * (index & 3))) & 3,
  4: (row, index) => (row[index >> 1]! >> (4 - 4 * (index & 1))) & 15,
  8: (row, index) => row[index]!,
  16: sample16,
});

type Level = (sample: number) => number;

/** A sample as 0-255: v * 255 / (2^depth - 1), exact below 8 bits, to the nearest (there are no ties) at 16. */
const LEVELS: Readonly<Record<Depth, Level>> = Object.freeze({
  1: (sample) => sample * 255,
  2: (sample) => sample * 85,
  4: (sample) => sample * 17,
  8: (sample) => sample,
  16: (sample) => Math.floor((sample + 128) / 257),
});
