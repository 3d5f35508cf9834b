import { convertIndexedToRgb, type DecodedPng } from "fast-png";
import { PALETTE, type PngHeader } from "./header.ts";

/** The index of the red, green, blue and alpha sample, by the number of samples per pixel; without alpha, undefined. */
const PLACES: Readonly<Record<number, readonly [number, number, number, number?]>> = Object.freeze({
  1: [0, 0, 0],
  2: [0, 0, 0, 1],
  3: [0, 1, 2],
  4: [0, 1, 2, 3],
});

/**
 * fast-png's result as 8-bit RGBA: fast-png leaves single samples packed and a transparent colour to its caller.
 * 16-bit samples v become floor((v + 128) / 257), the nearest 8-bit level.
 */
export function rgbaOf(decoded: DecodedPng, { colour }: PngHeader): Uint8Array {
  // A byte per sample does not need unpacking, which takes five times as long.
  if (decoded.channels > 1 || (decoded.depth >= 8 && colour !== PALETTE)) return fromSamples(decoded);
  const palette = colour === PALETTE ? opaqueUnlessSaid(decoded.palette ?? []) : greys(decoded);
  return convertIndexedToRgb({ ...decoded, palette });
}

function opaqueUnlessSaid(palette: readonly (readonly number[])[]): number[][] {
  return palette.map(([red = 0, green = 0, blue = 0, alpha = 255]) => [red, green, blue, alpha]);
}

/** Grey levels of up to 4 bits as a palette: v * 255 / (2^depth - 1) is exact, and so is the one transparent level. */
function greys({ depth, transparency }: DecodedPng): number[][] {
  const most = 2 ** depth - 1;
  return Array.from({ length: most + 1 }, (_, sample) => {
    const level = (sample * 255) / most;
    return [level, level, level, transparency?.[0] === sample ? 0 : 255];
  });
}

function fromSamples({ data, width, height, depth, channels, transparency }: DecodedPng): Uint8Array {
  const [red, green, blue, alpha] = PLACES[channels]!;
  const level = (at: number): number => (depth === 16 ? Math.floor((data[at]! + 128) / 257) : data[at]!);
  const isClear = (at: number): boolean =>
    transparency !== undefined && transparency.every((sample, index) => data[at + index] === sample);
  const rgba = new Uint8Array(width * height * 4);
  for (let to = 0, from = 0; to < rgba.length; to += 4, from += channels) {
    rgba[to] = level(from + red);
    rgba[to + 1] = level(from + green);
    rgba[to + 2] = level(from + blue);
    if (alpha === undefined) rgba[to + 3] = isClear(from) ? 0 : 255;
    else rgba[to + 3] = level(from + alpha);
  }
  return rgba;
}
