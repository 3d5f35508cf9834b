import { luma, overBlack } from "#core/image/grey.ts";
import type { RgbaImage } from "#core/image/image.ts";

/**
 * A drawing with its ink light on a dark ground, as the models take images. MathSketch's page draws dark ink on a
 * light ground and its server inverts whatever comes; here only what has a light ground is inverted, so that an image
 * that is right already stays as it is.
 *
 * Inverting the colours and leaving alpha alone makes compositing over black, which the main path does, the negative of
 * compositing over white: 255 - (c * a + 255 * (1 - a)) = (255 - c) * a, with a from 0 to 1. So paper that was never
 * painted counts as white.
 */
export function withLightInk(image: RgbaImage): RgbaImage {
  return isMostlyLight(image) ? { ...image, rgba: invertColours(image.rgba) } : image;
}

/** Whether the negative is mostly dark, by its mean level: no stroke covers half of a drawing. */
function isMostlyLight({ rgba }: RgbaImage): boolean {
  let sum = 0;
  for (let pixel = 0; pixel < rgba.length; pixel += 4) {
    const alpha = rgba[pixel + 3]!;
    const red = 255 - rgba[pixel]!;
    const green = 255 - rgba[pixel + 1]!;
    const blue = 255 - rgba[pixel + 2]!;
    sum += luma(overBlack(red, alpha), overBlack(green, alpha), overBlack(blue, alpha));
  }
  return 2 * sum < (255 * rgba.length) / 4;
}

function invertColours(rgba: Uint8Array): Uint8Array {
  const inverted = rgba.slice();
  for (let pixel = 0; pixel < rgba.length; pixel += 4) {
    inverted[pixel] = 255 - rgba[pixel]!;
    inverted[pixel + 1] = 255 - rgba[pixel + 1]!;
    inverted[pixel + 2] = 255 - rgba[pixel + 2]!;
  }
  return inverted;
}
