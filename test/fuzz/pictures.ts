import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";

/** The digit 7 in every format that a side reads. */
export async function pictures(): Promise<ReadonlyMap<string, Buffer>> {
  const png = await readFile(join(import.meta.dirname, "..", "..", "images", "7.png"));
  const image = (): Sharp => sharp(png);
  return new Map([
    ["png", png],
    ["jpeg", await image().jpeg().toBuffer()],
    ["webp", await image().webp().toBuffer()],
    ["avif", await image().avif().toBuffer()],
    ["gif", await image().gif().toBuffer()],
    ["tiff", await image().tiff().toBuffer()],
  ]);
}
