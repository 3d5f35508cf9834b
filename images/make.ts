import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { ImageEntry } from "#core/image/image.ts";
import { type LabelledImages, pixelsOf, readMnist } from "./mnist.ts";

/** Index in the set of the first image of each digit, 0 to 9. */
export function firstOfEachDigit(set: LabelledImages): number[] {
  return Array.from({ length: 10 }, (_, digit) => {
    const index = set.labels.indexOf(digit);
    if (index < 0) throw new Error(`The set has no image of the digit ${digit}.`);
    return index;
  });
}

/**
 * Writes 0.png … 9.png (8-bit grey, one channel) and manifest.json into the folder.
 * The same set gives the same bytes every time.
 */
export async function makeImages(set: LabelledImages, folder: string): Promise<ImageEntry[]> {
  await mkdir(folder, { recursive: true });
  const entries: ImageEntry[] = [];
  for (const [digit, index] of firstOfEachDigit(set).entries()) {
    const png = await encodePng(pixelsOf(set, index), set.width, set.height);
    const sha256 = createHash("sha256").update(png).digest("hex");
    const id = String(digit);
    entries.push({ id, label: id, file: `${id}.png`, width: set.width, height: set.height, sha256 });
    await writeFile(join(folder, `${id}.png`), png);
  }
  await writeFile(join(folder, "manifest.json"), `${JSON.stringify(entries, null, 2)}\n`);
  return entries;
}

/** Stored, not deflated: still under 1 KB per image, and the bytes do not depend on the machine's zlib. */
function encodePng(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png({ compressionLevel: 0, adaptiveFiltering: false, palette: false, progressive: false })
    .toBuffer();
}

if (import.meta.main) {
  const entries = await makeImages(await readMnist("training"), import.meta.dirname);
  console.log(`${entries.length} images and manifest.json written to ${import.meta.dirname}`);
}
