import { type Levels, levelsOf } from "../grey.ts";
import type { RgbaImage } from "../image.ts";
import { negativeOf } from "../negative.ts";

/** Ground and darkest ink must differ by more than this, otherwise an image counts as blank. */
const LEAST_CONTRAST = 24;
/** Levels up to this share of the way from the ground to the strongest ink are paper: JPEG noise, scan grain. */
const PAPER_SHARE = 1 / 8;

/**
 * An image from elsewhere (a scan, a screenshot, another program's drawing) as light ink on a ground of exactly 0, so
 * that its bounding box is that of its ink. The ground is the median level, since strokes cover less than half of a
 * drawing; ink is stretched to the full range. Shadows on a photograph stay: only one ground is assumed.
 * @returns one channel; all 0 for an image that shows nothing
 */
export function inkOf(image: RgbaImage): Levels {
  const light = lightInk(image);
  const sorted = light.values.toSorted();
  const ground = sorted[sorted.length >> 1] ?? 0;
  const peak = sorted.at(-1) ?? 0;
  const range = peak - ground;
  const paper = range < LEAST_CONTRAST ? peak : ground + range * PAPER_SHARE;
  const values = light.values.map((level) => (level <= paper ? 0 : Math.round(((level - ground) * 255) / range)));
  return { ...light, values };
}

/** The image or its negative: the one with the dark ground. On a transparent ground, the one in which more is visible. */
function lightInk(image: RgbaImage): Levels {
  const [asItIs, inverted] = [levelsOf(image, 1), levelsOf(negativeOf(image), 1)];
  const [mean, meanInverted] = [meanOf(asItIs), meanOf(inverted)];
  const bothDark = mean < 127.5 && meanInverted < 127.5;
  return (bothDark ? meanInverted > mean : meanInverted < mean) ? inverted : asItIs;
}

function meanOf({ values }: Levels): number {
  return values.reduce((sum, level) => sum + level, 0) / values.length;
}
