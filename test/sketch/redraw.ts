import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { Levels } from "#core/image/grey.ts";

const PAD_SIDE_PX = 280;
/** The re-drawn field of 28 x 28 is this long, at the least and at the most; a digit fills 5/7 of it. */
const FIELD_PX = [112, 336] as const;
/** A stroke grows on each side by up to this share of the field: its usual width is some 3/28. */
const THICKER_SHARE = 1 / 28;

/**
 * An MNIST digit as if drawn on a pad: scaled smoothly by a random factor, its edge made as sharp as a pen's, its
 * strokes thickened by a random amount, and laid anywhere its ink fits. The same for the same seed.
 * @param digit 28 x 28
 */
export function redraw(digit: Levels, seed: number): Levels {
  const generator = xoroshiro128plus(seed);
  const pick = (lowest: number, highest: number): number => lowest + (highest - lowest) * uniformFloat64(generator);
  // The first number of neighbouring seeds is much alike.
  for (let skipped = 0; skipped < 8; skipped++) uniformFloat64(generator);
  const box = boxOf(digit);
  const thicker = pick(0, THICKER_SHARE);
  const room = PAD_SIDE_PX - 4;
  const longest = Math.max(box.right - box.left, box.bottom - box.top) / digit.width + 2 * thicker;
  const field = Math.min(pick(...FIELD_PX), room / longest);
  const scale = field / digit.width;
  const grown = thicker * field;
  const at = (low: number, high: number): number => {
    const [first, last] = [2 + grown - low * scale, PAD_SIDE_PX - 2 - grown - high * scale];
    return pick(Math.min(first, last), Math.max(first, last));
  };
  const [left, top] = [at(box.left, box.right), at(box.top, box.bottom)];
  const ink = Uint8Array.from({ length: PAD_SIDE_PX ** 2 }, (_, index) => {
    const x = ((index % PAD_SIDE_PX) + 0.5 - left) / scale - 0.5;
    const y = (Math.floor(index / PAD_SIDE_PX) + 0.5 - top) / scale - 0.5;
    return smoothLevel(digit, x, y) >= 128 ? 1 : 0;
  });
  return thicken(ink, grown);
}

/** Bilinear, 0 outside. */
function smoothLevel({ width, height, values }: Levels, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [x - left, y - top];
  const level = (column: number, row: number): number =>
    column < 0 || row < 0 || column >= width || row >= height ? 0 : values[row * width + column]!;
  const upper = level(left, top) * (1 - right) + level(left + 1, top) * right;
  const lower = level(left, top + 1) * (1 - right) + level(left + 1, top + 1) * right;
  return upper * (1 - down) + lower * down;
}

/** Dilation by a disc, with an edge of one pixel's grey: by the exact distance to the ink. */
function thicken(ink: Uint8Array, radius: number): Levels {
  const squared = squaredDistances(ink, PAD_SIDE_PX);
  const values = Uint8Array.from(squared, (distance) =>
    Math.round(255 * Math.min(1, Math.max(0, radius + 1 - Math.sqrt(distance)))),
  );
  return { width: PAD_SIDE_PX, height: PAD_SIDE_PX, channels: 1, values };
}

/** To the nearest ink, by the lower envelope of parabolas (Felzenszwalb and Huttenlocher, 2012), columns, then rows. */
function squaredDistances(ink: Uint8Array, side: number): Float64Array {
  const far = 4 * side * side;
  const distances = Float64Array.from(ink, (inked) => (inked ? 0 : far));
  const line = new Float64Array(side);
  for (const [start, step] of [
    [1, side],
    [side, 1],
  ] as const) {
    for (let which = 0; which < side; which++) {
      for (let at = 0; at < side; at++) line[at] = distances[which * start + at * step]!;
      envelope(line).forEach((distance, at) => (distances[which * start + at * step] = distance));
    }
  }
  return distances;
}

function envelope(heights: Float64Array): Float64Array {
  const length = heights.length;
  const places = new Int32Array(length);
  const bounds = new Float64Array(length + 1);
  let last = 0;
  bounds[0] = -Infinity;
  bounds[1] = Infinity;
  for (let at = 1; at < length; at++) {
    let meets = meeting(heights, places[last]!, at);
    while (meets <= bounds[last]!) meets = meeting(heights, places[--last]!, at);
    places[++last] = at;
    bounds[last] = meets;
    bounds[last + 1] = Infinity;
  }
  let part = 0;
  return heights.map((_, at) => {
    while (bounds[part + 1]! < at) part++;
    return (at - places[part]!) ** 2 + heights[places[part]!]!;
  });
}

function meeting(heights: Float64Array, left: number, right: number): number {
  return (heights[right]! + right * right - (heights[left]! + left * left)) / (2 * (right - left));
}

function boxOf({ width, values }: Levels): { left: number; top: number; right: number; bottom: number } {
  const inked = [...values.keys()].filter((at) => values[at]! >= 64);
  const columns = inked.map((at) => at % width);
  const rows = inked.map((at) => Math.floor(at / width));
  return {
    left: Math.min(...columns),
    right: Math.max(...columns) + 1,
    top: Math.min(...rows),
    bottom: Math.max(...rows) + 1,
  };
}
