import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { ReadExternal } from "#core/onnx/external-file.ts";
import { rejectModel } from "#core/onnx/rejected.ts";

/**
 * Reads the weights that a model keeps in other files, from the model's own folder only: a model from elsewhere may
 * bring a symbolic link to a file that is none of its weights.
 * @param modelPath the model's file
 * @param readIfThere reads a path; undefined without such a file
 * @returns a function that throws ModelRejected for a link out of the folder
 */
export function externalWeights(
  modelPath: string,
  readIfThere: (path: string) => Promise<Uint8Array | undefined>,
): ReadExternal {
  const folder = dirname(resolve(modelPath));
  return async (location) => {
    const path = resolve(folder, location);
    const [realFolder, realFile] = await Promise.all([folder, path].map((each) => realpath(each).catch(() => null)));
    if (realFolder == null || realFile == null) return await readIfThere(path);
    const inside = relative(realFolder, realFile);
    if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside))
      rejectModel(
        `Its weights in ${JSON.stringify(location)} are a symbolic link out of the model's folder, which is not followed. Replace the link with a copy of the file.`,
      );
    // The resolved path, so that a link that changes in the meantime is not followed.
    return await readIfThere(join(realFolder, inside));
  };
}
