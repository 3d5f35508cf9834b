import { readFile, stat } from "node:fs/promises";
import { messageOf } from "#core/errors.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";

/** @throws ModelRejected for what is not a file or cannot be read */
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

/** Undefined if there is no such file. @throws ModelRejected for every other failure */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    // Reading a pipe or a device would wait for ever.
    if (!(await stat(path)).isFile())
      refused(`${path} is a folder or a device, not a file. Give the path of the file itself.`);
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (error instanceof ModelRejected) throw error;
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw new ModelRejected(`${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

function refused(sentence: string): never {
  throw new ModelRejected(sentence);
}
