import { basename, dirname, extname, resolve } from "node:path";
import { readSidecar } from "#core/model/manifest.ts";
import type { ModelDescription } from "#core/model/model.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { DEFAULT_PREPROCESS, ownPreprocess, perChannel } from "#core/model/model-preprocess.ts";
import { describeModel } from "#core/model/describe.ts";
import { ModelRejected, rejectedAs } from "#core/onnx/rejected.ts";
import { loadServedModels } from "../../models/load.ts";
import { readIfThere, readJsonBeside } from "../model-file.ts";

interface SourceModel {
  readonly info: ModelDescription;
  readonly executed: Uint8Array;
}

/**
 * A float classifier by its path or, where there is no such file, by the id of a shipped model, with the preprocessing
 * that the options, else its sidecar or manifest, else the default say.
 * @throws ModelRejected
 */
export async function readSourceModel(name: string, options: Partial<Preprocess>): Promise<SourceModel> {
  const bytes = await readIfThere(name);
  return bytes === undefined ? await shippedModel(name, options) : await modelInFile(name, bytes, options);
}

async function shippedModel(name: string, options: Partial<Preprocess>): Promise<SourceModel> {
  const found = (await loadServedModels({})).find(({ info }) => info.id === name);
  if (found === undefined) throw new ModelRejected(`${name} is missing. Check the path.`);
  return { info: overridden(found.info, found.info.preprocess, options), executed: found.executed };
}

async function modelInFile(path: string, bytes: Uint8Array, options: Partial<Preprocess>): Promise<SourceModel> {
  try {
    const sidecar = readSidecar(await readJsonBeside(path));
    const { info, stated, executed } = await describeModel({
      id: basename(path, extname(path)),
      bytes,
      ...(sidecar.labels && { labels: sidecar.labels }),
      readExternal: async (location) => await readIfThere(resolve(dirname(path), location)),
    });
    const own = ownPreprocess({}, { ...stated, ...sidecar }, DEFAULT_PREPROCESS, info.input.channels);
    return { info: overridden(info, own, options), executed };
  } catch (error) {
    throw rejectedAs(path, error);
  }
}

function overridden(
  info: ModelDescription,
  own: Preprocess,
  { scale, mean, std, invert }: Partial<Preprocess>,
): ModelDescription {
  const given = {
    scale: scale ?? own.scale,
    mean: mean ?? own.mean,
    std: std ?? own.std,
    invert: invert ?? own.invert,
  };
  return { ...info, preprocess: perChannel(given, info.input.channels) };
}
