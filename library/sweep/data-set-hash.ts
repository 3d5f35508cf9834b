import type { InputOptions } from "../inputs/input-options.ts";
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { idxLabelsPath, mnistFile } from "../inputs/idx-images.ts";
import { ROOT } from "#node/installation.ts";

/** What decides which images a sweep runs over. */
export type DataSetOptions = Pick<InputOptions, "images" | "inputs" | "random" | "seed" | "limit">;

/**
 * SHA-256 of all that decides which images there are, in which order and with which labels. Read as a stream, so that
 * memory does not grow with the files.
 */
export async function dataSetSha256({ images, inputs, random, seed, limit }: DataSetOptions): Promise<string> {
  const hash = createHash("sha256");
  hash.update(`${JSON.stringify({ images, random, seed, limit })}\n`);
  if (images !== undefined) hash.update(await readFile(join(ROOT, "images", "manifest.json")));
  for (const path of inputs ?? []) await addPath(hash, path === "mnist" ? mnistFile() : path);
  return hash.digest("hex");
}

async function addPath(hash: Hash, path: string): Promise<void> {
  if ((await stat(path)).isDirectory()) return await addFolder(hash, path);
  await addFile(hash, basename(path), path);
  const labels = idxLabelsPath(path);
  if (labels !== null && (await isFile(labels))) await addFile(hash, basename(labels), labels);
}

async function addFolder(hash: Hash, folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const names = files.map((file) => relative(folder, file)).toSorted((left, right) => (left < right ? -1 : 1));
  for (const name of names) await addFile(hash, name, join(folder, name));
}

/** Each file by its own digest, so that bytes cannot move from one to the next unseen. */
async function addFile(hash: Hash, name: string, path: string): Promise<void> {
  const own = createHash("sha256");
  for await (const chunk of createReadStream(path)) own.update(chunk as Buffer);
  hash.update(`${JSON.stringify(name)} ${own.digest("hex")}\n`);
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
