import { readFile } from "node:fs/promises";
import { messageOf } from "#core/errors.ts";
import type { ImageEntry } from "#core/image/image.ts";
import { StartError } from "./start-error.ts";

const FOLDER = new URL("../images/", import.meta.url);

/** The built-in pictures, kept in memory: some ten kilobytes. */
export interface Pictures {
  readonly entries: readonly ImageEntry[];
  read(entry: ImageEntry): Promise<Uint8Array>;
}

/** @throws StartError when the manifest or a picture that it lists is missing */
export async function loadPictures(): Promise<Pictures> {
  try {
    const entries = JSON.parse(await readFile(new URL("manifest.json", FOLDER), "utf8")) as ImageEntry[];
    const files = await Promise.all(entries.map(({ file }) => readFile(new URL(file, FOLDER))));
    const bytes = new Map(entries.map(({ id }, index) => [id, new Uint8Array(files[index] ?? [])]));
    return { entries, read: async ({ id }) => bytes.get(id) ?? Promise.reject(new Error(`no picture ${id}`)) };
  } catch (error) {
    throw new StartError(`The built-in pictures cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
