import type { RgbaImage } from "./image.ts";

/**
 * The image with its colours inverted and its alpha kept. Composited over black, as levels are, that is the negative of
 * the image over white: 255 - (c * a + 255 * (1 - a)) = (255 - c) * a, with a from 0 to 1. Unpainted paper is white.
 */
export function negativeOf(image: RgbaImage): RgbaImage {
  return { ...image, rgba: image.rgba.map((level, at) => (at % 4 === 3 ? level : 255 - level)) };
}
