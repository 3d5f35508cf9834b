import { readFile } from "node:fs/promises";
import { messageOf } from "#core/errors.ts";
import type { ImageEntry } from "#core/image/image.ts";
import { StartError } from "./start-error.ts";

const FOLDER = new URL("../images/", import.meta.url);

/** The built-in images, kept in memory: some ten kilobytes. */
export interface Images {
  readonly entries: readonly ImageEntry[];
  read(entry: ImageEntry): Promise<Uint8Array>;
}

/** @throws StartError when the manifest or an image that it lists is missing */
export async function loadImages(): Promise<Images> {
  try {
    const entries = JSON.parse(await readFile(new URL("manifest.json", FOLDER), "utf8")) as ImageEntry[];
    const files = await Promise.all(entries.map(({ file }) => readFile(new URL(file, FOLDER))));
    const bytes = new Map(entries.map(({ id }, index) => [id, new Uint8Array(files[index] ?? [])]));
    return { entries, read: async ({ id }) => bytes.get(id) ?? Promise.reject(new Error(`no image ${id}`)) };
  } catch (error) {
    throw new StartError(`The built-in images cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
