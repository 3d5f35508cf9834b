import { levelsOf } from "#core/image/grey.ts";
import type { RgbaImage } from "#core/image/image.ts";
import { negativeOf } from "#core/image/negative.ts";

/**
 * A drawing with its ink light on a dark ground, as the models take images. MathSketch's page draws dark ink on a
 * light ground and its server inverts every drawing; here only a drawing with a light ground is inverted, so that an
 * image that is right already stays as it is. The ground is light where the negative is mostly dark by its mean level:
 * no stroke covers half of a drawing.
 */
export function withLightInk(image: RgbaImage): RgbaImage {
  const negative = negativeOf(image);
  const { values } = levelsOf(negative, 1);
  const sum = values.reduce((total, level) => total + level, 0);
  return 2 * sum < 255 * values.length ? negative : image;
}
