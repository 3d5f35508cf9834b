import { basename, dirname, extname, resolve } from "node:path";
import { readSidecar } from "#core/manifest.ts";
import type { ModelDescription, Preprocess } from "#core/model.ts";
import { DEFAULT_PREPROCESS, ownPreprocess, perChannel } from "#core/model-preprocess.ts";
import { describeModel } from "#core/onnx/describe.ts";
import { rejectedAs } from "#core/onnx/rejected.ts";
import { readIfThere, readJsonBeside, readRegularFile } from "../model-file.ts";

/** How the model takes its pictures, as far as the command line says it. */
export type PreprocessOptions = { readonly [Key in keyof Preprocess]?: Preprocess[Key] };

interface SourceModel {
  readonly info: ModelDescription;
  readonly executed: Uint8Array;
}

/** A float model from a file, with the preprocessing that the options, else its sidecar, else the default say. @throws ModelRejected */
export async function readSourceModel(
  path: string,
  { scale, mean, std, invert }: PreprocessOptions,
): Promise<SourceModel> {
  const bytes = await readRegularFile(path);
  try {
    const sidecar = readSidecar(await readJsonBeside(path));
    const { info, executed } = await describeModel({
      id: basename(path, extname(path)),
      bytes,
      ...(sidecar.labels && { labels: sidecar.labels }),
      readExternal: async (location) => await readIfThere(resolve(dirname(path), location)),
    });
    const own = ownPreprocess({}, sidecar, DEFAULT_PREPROCESS, info.input.channels);
    const given = {
      scale: scale ?? own.scale,
      mean: mean ?? own.mean,
      std: std ?? own.std,
      invert: invert ?? own.invert,
    };
    return { info: { ...info, preprocess: perChannel(given, info.input.channels) }, executed };
  } catch (error) {
    throw rejectedAs(path, error);
  }
}
