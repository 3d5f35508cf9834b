import { mkdir, open, rm, rmdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { IsobitError, messageOf, type LibraryError } from "#core/errors.ts";

/** How an error speaks of a file that isobit writes. */
export interface Output {
  /** "The report" */
  readonly name: string;
  /** "Choose another folder with `out`." */
  readonly remedy: string;
  /** A missing folder is an error instead of being made. */
  readonly needsFolder?: boolean;
}

/** The one file that a command writes, named by -o. Its folder must exist. */
export function outputNamed(path: string): Output {
  return { name: path, remedy: "Give another file with -o.", needsFolder: true };
}

/**
 * Makes a folder and those above it, one level at a time: Node's recursive mkdir never returns for a folder below /proc.
 * @returns the folders that were not there before, outermost first
 */
export async function makeFolder(path: string): Promise<readonly string[]> {
  const folder = resolve(path);
  if (await isFolder(folder)) return [];
  const parent = dirname(folder);
  const made = parent === folder ? [] : await makeFolder(parent);
  try {
    await mkdir(folder);
    return [...made, folder];
  } catch (error) {
    // Another process may have made it meanwhile.
    if (await isFolder(folder)) return made;
    await removeEmpty(made);
    throw error;
  }
}

/**
 * Checks before a run that its result can be written. The file, and folders made for it, are removed again.
 * @throws IsobitError BAD_OPTION
 */
export async function requireWritable(path: string, output: Output): Promise<void> {
  try {
    const found = await stat(path).catch(() => undefined);
    // Opening a pipe would wait for its reader; /dev/null and /dev/stdout are written as they are.
    if (found !== undefined && !found.isFile() && !found.isDirectory()) return;
    const made = output.needsFolder === true ? [] : await makeFolder(dirname(path));
    try {
      const handle = await open(path, "a");
      await handle.close();
      if (found === undefined) await rm(path);
    } finally {
      await removeEmpty(made);
    }
  } catch (error) {
    throw unwritable(output, error);
  }
}

/** @returns the error BAD_OPTION for an output that cannot be written */
export function unwritable({ name, remedy }: Output, cause: unknown): LibraryError {
  return new IsobitError("BAD_OPTION", `${name} cannot be written (${messageOf(cause)}). ${remedy}`, { cause });
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders.toReversed()) await rmdir(folder).catch(() => {});
}
