import { levelsOf } from "../grey.ts";
import type { RgbaImage } from "../image.ts";
import { centreInk, type Size } from "./centre.ts";
import { inkOf } from "./ink.ts";

/**
 * A drawing as `ImageInput.pixels` takes it: one grey level per pixel, light ink on a dark ground, like the built-in
 * images. A pad's own canvas has white ink on nothing; in an image from elsewhere, the ink is found first.
 * @returns size.width * size.height bytes, or null if nothing is drawn
 */
export function sketchPixels(
  image: RgbaImage,
  size: Size,
  origin: "pad" | "elsewhere" = "elsewhere",
): Uint8Array | null {
  const ink = origin === "pad" ? levelsOf(image, 1) : inkOf(image);
  return centreInk(ink, size)?.values ?? null;
}
