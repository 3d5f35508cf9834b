import { type FileHandle, open, readFile, stat } from "node:fs/promises";
import { messageOf } from "#core/errors.ts";
import { ModelRejected, UnreadableFile } from "#core/onnx/rejected.ts";

/** @throws UnreadableFile for what is not a file or cannot be read */
export async function readRegularFile(path: string): Promise<Uint8Array> {
  return (await readIfThere(path)) ?? refused(`${path} is missing. Check the path.`);
}

/** The JSON of `<file>.json`, parsed; undefined where there is none. @throws ModelRejected for invalid JSON */
export async function readJsonBeside(path: string): Promise<unknown> {
  const sidecar = `${path}.json`;
  const bytes = await readIfThere(sidecar);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (error) {
    throw new ModelRejected(`${sidecar} is not JSON: ${messageOf(error)}.`, { cause: error });
  }
}

/** Opens a file for reading. @throws UnreadableFile for what is not a file or cannot be opened */
export async function openRegularFile(path: string): Promise<FileHandle> {
  try {
    await requireRegular(path);
    return await open(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** @throws UnreadableFile for what is not a file or cannot be opened */
export async function requireReadable(path: string): Promise<void> {
  await (await openRegularFile(path)).close();
}

/** Undefined if there is no such file. @throws UnreadableFile for every other failure */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    await requireRegular(path);
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  }
}

/** Reading a pipe or a device would wait for ever. */
async function requireRegular(path: string): Promise<void> {
  if (!(await stat(path)).isFile())
    refused(`${path} is a folder or a device, not a file. Give the path of the file itself.`);
}

/** The error of a failed read, in a sentence that names the path. */
export function unreadable(path: string, error: unknown): UnreadableFile {
  if (error instanceof UnreadableFile) return error;
  const sentence = isMissing(error)
    ? `${path} is missing. Check the path.`
    : `${path} cannot be read: ${messageOf(error)}.`;
  return new UnreadableFile(sentence, { cause: error });
}

function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
}

function refused(sentence: string): never {
  throw new UnreadableFile(sentence);
}
