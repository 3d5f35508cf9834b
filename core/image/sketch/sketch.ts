import { levelsOf } from "../grey.ts";
import type { Picture } from "../image.ts";
import { centreInk, type Size } from "./centre.ts";
import { inkOf } from "./ink.ts";

/**
 * A drawing as `ImageInput.pixels` takes it: one grey level a pixel, light ink on a dark ground, as the built-in
 * pictures have it.
 *
 * A pad's own canvas is white ink on nothing; a picture from elsewhere may be anything, so its ink is looked for first.
 * @returns size.width * size.height bytes, or null where nothing is drawn
 */
export function sketchPixels(
  picture: Picture,
  size: Size,
  origin: "pad" | "elsewhere" = "elsewhere",
): Uint8Array | null {
  const ink = origin === "pad" ? levelsOf(picture, 1) : inkOf(picture);
  return centreInk(ink, size)?.values ?? null;
}
