import { basename, extname } from "node:path";
import { readSidecar } from "#core/model/manifest.ts";
import type { ModelDescription } from "#core/model/model.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { preprocessNote } from "#core/image/preprocess-text.ts";
import { DEFAULT_PREPROCESS, ownPreprocess, perChannel, statesPreprocess } from "#core/model/model-preprocess.ts";
import { describeModel } from "#core/model/describe.ts";
import { rejectedAs, UnreadableFile } from "#core/onnx/rejected.ts";
import { externalWeights } from "../../models/external-weights.ts";
import { loadServedModels } from "../../models/load.ts";
import { readIfThere, readJsonBeside } from "../model-file.ts";

interface SourceModel {
  readonly info: ModelDescription;
  readonly executed: Uint8Array;
  /** A sentence where it is fed in a way that it does not state itself; null where it is not. */
  readonly preprocessNote: string | null;
}

/**
 * A float classifier by its path or, where there is no such file, by the id of a shipped model, with the preprocessing
 * of the options, otherwise of its sidecar or manifest, otherwise the default.
 * @throws ModelRejected
 */
export async function readSourceModel(name: string, options: Partial<Preprocess>): Promise<SourceModel> {
  const bytes = await readIfThere(name);
  return bytes === undefined ? await shippedModel(name, options) : await modelInFile(name, bytes, options);
}

async function shippedModel(name: string, options: Partial<Preprocess>): Promise<SourceModel> {
  const found = (await loadServedModels({})).find(({ info }) => info.id === name);
  if (found === undefined) throw new UnreadableFile(`${name} is missing. Check the path.`);
  return sourceModel(found.info, found.executed, found.info.preprocess, options, true);
}

async function modelInFile(path: string, bytes: Uint8Array, options: Partial<Preprocess>): Promise<SourceModel> {
  try {
    const sidecar = readSidecar(await readJsonBeside(path));
    const { info, stated, executed } = await describeModel({
      id: basename(path, extname(path)),
      bytes,
      ...(sidecar.labels && { labels: sidecar.labels }),
      readExternal: externalWeights(path, readIfThere),
    });
    const own = ownPreprocess({}, { ...stated, ...sidecar }, DEFAULT_PREPROCESS, info.input.channels);
    return sourceModel(info, executed, own, options, statesPreprocess({ ...stated, ...sidecar }));
  } catch (error) {
    throw rejectedAs(path, error);
  }
}

function sourceModel(
  info: ModelDescription,
  executed: Uint8Array,
  own: Preprocess,
  { scale, mean, std, invert }: Partial<Preprocess>,
  stated: boolean,
): SourceModel {
  const given = {
    scale: scale ?? own.scale,
    mean: mean ?? own.mean,
    std: std ?? own.std,
    invert: invert ?? own.invert,
  };
  const inForce = perChannel(given, info.input.channels);
  const preprocessNoted = preprocessNote(info.id, { inForce, own, stated });
  return { info: { ...info, preprocess: inForce }, executed, preprocessNote: preprocessNoted };
}
