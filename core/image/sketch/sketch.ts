import { levelsOf } from "../grey.ts";
import type { RgbaImage } from "../image.ts";
import { centreInk, type Size } from "./centre.ts";
import { inkOf } from "./ink.ts";

/**
 * A drawing as `ImageInput.pixels` takes it: one grey level a pixel, light ink on a dark ground, as the built-in
 * images have it.
 *
 * A pad's own canvas is white ink on nothing; an image from elsewhere may be anything, so its ink is looked for first.
 * @returns size.width * size.height bytes, or null where nothing is drawn
 */
export function sketchPixels(
  image: RgbaImage,
  size: Size,
  origin: "pad" | "elsewhere" = "elsewhere",
): Uint8Array | null {
  const ink = origin === "pad" ? levelsOf(image, 1) : inkOf(image);
  return centreInk(ink, size)?.values ?? null;
}
