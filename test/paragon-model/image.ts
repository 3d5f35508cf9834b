import { join } from "node:path";
import sharp from "sharp";

/** A built-in image as Paragon takes it: grey / 255 in float32, decoded by sharp and not by isobit. */
export async function parseImage(id: string): Promise<Float32Array> {
  const path = join(import.meta.dirname, "..", "..", "images", `${id}.png`);
  const pixels = await sharp(path).greyscale().raw().toBuffer();
  return Float32Array.from(pixels, (grey) => Math.fround(grey * (1 / 255)));
}
