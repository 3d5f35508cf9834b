import type { RgbaImage } from "./image.ts";

/** Levels 0-255, row-major, the channels of a pixel side by side. */
export interface Levels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** width * height * channels bytes. */
  readonly values: Uint8Array;
}

/**
 * An image's grey levels, or its red, green and blue ones, composited over black. Integers only; levels are used as
 * stored, so gamma and colour profiles are ignored.
 */
export function levelsOf({ width, height, rgba }: RgbaImage, channels: 1 | 3): Levels {
  const values = new Uint8Array(width * height * channels);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += channels) {
    const alpha = rgba[from + 3]!;
    const red = overBlack(rgba[from]!, alpha);
    const green = overBlack(rgba[from + 1]!, alpha);
    const blue = overBlack(rgba[from + 2]!, alpha);
    if (channels === 1) {
      values[to] = luma(red, green, blue);
    } else {
      values[to] = red;
      values[to + 1] = green;
      values[to + 2] = blue;
    }
  }
  return { width, height, channels, values };
}

/** level * alpha / 255 to the nearest integer; 255 is odd, so there is no tie to break. */
export function overBlack(level: number, alpha: number): number {
  return Math.floor((level * alpha + 127) / 255);
}

/** The Rec. 601 weights in thousandths, rounded half up. A grey pixel keeps its level. */
export function luma(red: number, green: number, blue: number): number {
  return Math.floor((299 * red + 587 * green + 114 * blue + 500) / 1000);
}
