import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Candidate, candidateOf, channelsIn, UNSCALED } from "#core/model/candidate.ts";
import { readSidecar } from "#core/model/manifest.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { DEFAULT_PREPROCESS, ownPreprocess } from "#core/model/model-preprocess.ts";
import { readModel } from "#core/onnx/read.ts";
import { rejectedAs } from "#core/onnx/rejected.ts";
import { statedPreprocess } from "#core/onnx/stated-preprocess.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { loadServedModels } from "../../models/load.ts";
import { readIfThere, readJsonBeside, readRegularFile } from "../model-file.ts";

/** A model to certify, and how isobit would feed it if it served the file today. */
export interface ReadCandidate {
  readonly candidate: Candidate;
  readonly served: Preprocess;
}

/**
 * Reads a model by its path or, where there is no such file, by the id of a shipped one; or takes its bytes.
 * @param override what the caller was told about the preprocessing
 * @throws ModelRejected for what cannot be read
 */
export async function readCandidate(
  name: string | Uint8Array,
  override: (own: Preprocess) => Preprocess,
): Promise<ReadCandidate> {
  if (typeof name !== "string") return await statedCandidate(null, name, statedIn("The model", name) ?? {}, override);
  const shipped = await loadServedModels({});
  const byId = shipped.find(({ info }) => info.id === name);
  if (byId !== undefined && !(await exists(name))) {
    const { preprocess } = byId.info;
    return { candidate: await adapted(name, byId.original, override(preprocess)), served: preprocess };
  }
  const bytes = await readRegularFile(name);
  const same = shipped.find(({ info }) => info.sha256 === sha256Hex(bytes))?.info.preprocess;
  const said = { ...statedIn(name, bytes), ...readSidecar(await readJsonBeside(name)) };
  return await statedCandidate(name, bytes, said, override, same);
}

/** If nothing is stated, a proof covers unscaled grey levels, while a server divides them by 255. */
async function statedCandidate(
  name: string | null,
  bytes: Uint8Array,
  said: Readonly<Record<string, unknown>>,
  override: (own: Preprocess) => Preprocess,
  same?: Preprocess,
): Promise<ReadCandidate> {
  const channels = channelsIn(said["mean"], said["std"], same?.mean);
  const [own, served] = [UNSCALED, DEFAULT_PREPROCESS].map((usual) =>
    ownPreprocess({}, said, same ?? usual, channels),
  ) as [Preprocess, Preprocess];
  return { candidate: await adapted(name, bytes, override(own)), served };
}

function statedIn(name: string, bytes: Uint8Array): ReturnType<typeof statedPreprocess> {
  try {
    return statedPreprocess(readModel(bytes));
  } catch (error) {
    throw rejectedAs(name, error);
  }
}

/** @param name null for bytes that came without a file, and so without files of weights */
async function adapted(name: string | null, bytes: Uint8Array, preprocess: Preprocess): Promise<Candidate> {
  try {
    const folder = name === null ? null : dirname(resolve(name));
    return await candidateOf(bytes, preprocess, async (location) =>
      folder === null ? undefined : await readIfThere(resolve(folder, location)),
    );
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
