import { corrupt } from "./corrupt.ts";
import type { PngHeader } from "./header.ts";

/** Every how many pixels one reduced picture of an interlaced file has one, and from where. */
export interface Pass {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
}

const WHOLE: Pass = { x: 0, y: 0, stepX: 1, stepY: 1 };

/** Adam7, section 8.2 of the PNG specification. */
const ADAM7: readonly Pass[] = [
  { x: 0, y: 0, stepX: 8, stepY: 8 },
  { x: 4, y: 0, stepX: 8, stepY: 8 },
  { x: 0, y: 4, stepX: 4, stepY: 8 },
  { x: 2, y: 0, stepX: 4, stepY: 4 },
  { x: 0, y: 2, stepX: 2, stepY: 4 },
  { x: 1, y: 0, stepX: 2, stepY: 2 },
  { x: 0, y: 1, stepX: 1, stepY: 2 },
];

/** Takes one unfiltered row: its packed samples, how many pixels they are, its pass and its number there. */
export type PaintRow = (samples: Uint8Array, pixels: number, pass: Pass, row: number) => void;

interface Place {
  readonly pass: Pass;
  readonly pixels: number;
  readonly rows: number;
  readonly rowBytes: number;
}

/** Cuts an inflated stream into rows as it arrives, takes the filters off and hands the rows on. */
export class ScanlineReader {
  readonly #paint: PaintRow;
  readonly #places: readonly Place[];
  readonly #pixelBytes: number;
  #place = 0;
  #row = 0;
  /** The row being filled, its filter's number first, and how much of it has come. */
  #line: Uint8Array;
  #above: Uint8Array;
  #filled = 0;

  constructor(header: PngHeader, paint: PaintRow) {
    const pixelBits = header.depth * header.samples;
    this.#paint = paint;
    this.#pixelBytes = Math.ceil(pixelBits / 8);
    this.#places = placesOf(header, pixelBits);
    const longest = Math.max(...this.#places.map((place) => place.rowBytes));
    this.#line = new Uint8Array(1 + longest);
    this.#above = new Uint8Array(1 + longest);
  }

  /** @throws IsobitError UNSUPPORTED_IMAGE where there is more than the header's size needs, or an unknown filter */
  push(inflated: Uint8Array): void {
    for (let at = 0; at < inflated.length;) {
      const place = this.#places[this.#place];
      if (!place) throw corrupt("its data inflates to more than its header's width and height need");
      const piece = inflated.subarray(at, at + 1 + place.rowBytes - this.#filled);
      this.#line.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === 1 + place.rowBytes) this.#finishRow(place);
    }
  }

  /** @throws IsobitError UNSUPPORTED_IMAGE where rows are missing */
  finish(): void {
    if (this.#place < this.#places.length) throw corrupt("its image data is cut short");
  }

  #finishRow({ pass, pixels, rows, rowBytes }: Place): void {
    const samples = this.#line.subarray(1, 1 + rowBytes);
    unfilter(this.#line[0]!, samples, this.#above.subarray(1, 1 + rowBytes), this.#pixelBytes);
    this.#paint(samples, pixels, pass, this.#row);
    [this.#line, this.#above] = [this.#above, this.#line];
    this.#filled = 0;
    this.#row++;
    if (this.#row < rows) return;
    this.#place++;
    this.#row = 0;
    this.#above.fill(0);
  }
}

/** The passes that have any pixel: a narrow or low picture lacks some. */
function placesOf({ width, height, interlaced }: PngHeader, pixelBits: number): Place[] {
  return (interlaced ? ADAM7 : [WHOLE])
    .map((pass) => {
      const pixels = Math.ceil((width - pass.x) / pass.stepX);
      const rows = Math.ceil((height - pass.y) / pass.stepY);
      return { pass, pixels, rows, rowBytes: Math.ceil((pixels * pixelBits) / 8) };
    })
    .filter(({ pixels, rows }) => pixels > 0 && rows > 0);
}

/** Takes a filter off in place: section 9.2 of the PNG specification. Uint8Array wraps sums to 8 bits by itself. */
function unfilter(filter: number, row: Uint8Array, above: Uint8Array, step: number): void {
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let at = step; at < row.length; at++) row[at] = row[at]! + row[at - step]!;
      return;
    case 2:
      for (let at = 0; at < row.length; at++) row[at] = row[at]! + above[at]!;
      return;
    case 3:
      for (let at = 0; at < row.length; at++) {
        row[at] = row[at]! + (((at < step ? 0 : row[at - step]!) + above[at]!) >> 1);
      }
      return;
    case 4:
      for (let at = 0; at < row.length; at++) {
        row[at] = row[at]! + (at < step ? above[at]! : paeth(row[at - step]!, above[at]!, above[at - step]!));
      }
      return;
    default:
      throw corrupt(`one of its rows has filter ${filter}, which does not exist`);
  }
}

/** Whichever neighbour is nearest to left + above - corner, in this order. */
function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}
