import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { readSidecar } from "#core/model/manifest.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { ownPreprocess, perChannel } from "#core/model/model-preprocess.ts";
import { adapt } from "#core/onnx/adapt.ts";
import type { ExternalFile } from "#core/onnx/external.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { readModel } from "#core/onnx/read.ts";
import { ModelRejected, rejectedAs } from "#core/onnx/rejected.ts";
import { statedPreprocess } from "#core/onnx/stated-preprocess.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { loadServedModels } from "../../models/load.ts";
import { readIfThere, readJsonBeside, readRegularFile } from "../model-file.ts";

/** A model as it would run, with how it would be fed. It need not be a classifier. */
export interface Candidate {
  /** SHA-256 of its file. */
  readonly sha256: string;
  readonly model: OnnxModel;
  readonly preprocess: Preprocess;
  /** Of its input; -1 for a dynamic dimension. */
  readonly shape: readonly number[];
  /** What is changed before it runs, in words. */
  readonly adaptations: readonly string[];
  /** The files of weights that belong to it. */
  readonly external: readonly ExternalFile[];
}

/** Nothing is known about a stranger's file: the grey levels themselves are the likeliest to be exact. */
const UNSCALED: Preprocess = Object.freeze({ scale: 1, mean: [0], std: [1], invert: false });

/**
 * Reads a model by its path or, where there is no such file, by the id of a shipped one; or takes its bytes.
 * @param override what the caller was told about the preprocessing
 * @throws ModelRejected for what cannot be read
 */
export async function readCandidate(
  name: string | Uint8Array,
  override: (own: Preprocess) => Preprocess,
): Promise<Candidate> {
  if (typeof name !== "string") {
    const stated = { ...statedIn("The model", name) };
    return await adapted(null, name, override(ownPreprocess({}, stated, UNSCALED, channelsIn(stated, undefined))));
  }
  const shipped = await loadServedModels({});
  const byId = shipped.find(({ info }) => info.id === name);
  if (byId !== undefined && !(await exists(name))) {
    return await adapted(name, byId.original, override(byId.info.preprocess));
  }
  const bytes = await readRegularFile(name);
  const same = shipped.find(({ info }) => info.sha256 === sha256Hex(bytes))?.info.preprocess;
  const said = { ...statedIn(name, bytes), ...readSidecar(await readJsonBeside(name)) };
  const own = ownPreprocess({}, said, same ?? UNSCALED, channelsIn(said, same));
  return await adapted(name, bytes, override(own));
}

function statedIn(name: string, bytes: Uint8Array): ReturnType<typeof statedPreprocess> {
  try {
    return statedPreprocess(readModel(bytes));
  } catch (error) {
    throw rejectedAs(name, error);
  }
}

/** A sidecar may list one number a channel; how many there are, it says itself. */
function channelsIn(sidecar: Readonly<Record<string, unknown>>, same: Preprocess | undefined): number {
  const lists = [sidecar["mean"], sidecar["std"], same?.mean].filter((list) => Array.isArray(list));
  return Math.max(1, ...lists.map(({ length }) => length));
}

/** @param name null for bytes that came without a file, and so without files of weights */
async function adapted(name: string | null, bytes: Uint8Array, preprocess: Preprocess): Promise<Candidate> {
  try {
    const folder = name === null ? null : dirname(resolve(name));
    const { model, adaptations, external } = await adapt(readModel(bytes), async (location) =>
      folder === null ? undefined : await readIfThere(resolve(folder, location)),
    );
    const [input] = model.graph.inputs;
    if (!input?.shape) throw new ModelRejected("It does not say the shape of its input. Export it with its shapes.");
    return {
      sha256: sha256Hex(bytes),
      model,
      preprocess: perChannel(preprocess, Math.max(preprocess.mean.length, preprocess.std.length)),
      shape: input.shape,
      adaptations,
      external,
    };
  } catch (error) {
    throw rejectedAs(name ?? "The model", error);
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
