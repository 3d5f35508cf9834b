import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodePng } from "#core/image/png/png.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** The ten built-in images as a shipped model takes them, little-endian float32, made without the code under test. */
export async function digitTensors(model: "digits" | "digits-exact"): Promise<Uint8Array[]> {
  const scale = model === "digits" ? 1 / 255 : 1;
  return await Promise.all(
    Array.from({ length: 10 }, async (_, digit) => {
      const { rgba } = decodePng(await readFile(join(ROOT, "images", `${digit}.png`)));
      const floats = Float32Array.from({ length: 784 }, (__, pixel) => (rgba[pixel * 4] ?? 0) * scale);
      return new Uint8Array(floats.buffer);
    }),
  );
}
