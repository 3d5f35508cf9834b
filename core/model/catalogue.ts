import { readManifest, readSidecar, type ManifestEntry } from "./manifest.ts";
import type { ModelDescription, ModelInfo } from "./model.ts";
import { DEFAULT_PREPROCESS, ownPreprocess, type PreprocessEnvironment, statesPreprocess } from "./model-preprocess.ts";
import { preprocessNote } from "../image/preprocess-text.ts";
import type { Preprocess } from "../image/preprocess-settings.ts";
import { describeModel } from "./describe.ts";
import type { ReadExternal } from "../onnx/external-file.ts";
import { rejectedAs, rejectModel } from "../onnx/rejected.ts";
import { prove } from "./proof.ts";

/** A model with its bytes, to be served, downloaded and loaded into sessions. */
export interface ServedModel {
  readonly info: ModelInfo;
  /** The file as it was given; its hash is `info.sha256`. */
  readonly original: Uint8Array;
  /** What runtimes load; its hash is `info.executedSha256`. */
  readonly executed: Uint8Array;
  /** A sentence where it takes its images in a way that it does not state itself; null where it does. */
  readonly preprocessNote: string | null;
}

export interface OwnModel {
  /** The stem of its file's name. */
  readonly id: string;
  /** Its file as the user named it, for messages. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** How these bytes were made, if the file was not ONNX, in sentences. */
  readonly imported?: readonly string[];
  /** The JSON next to the file, parsed; undefined if there is none. */
  readonly sidecar: unknown;
  readonly environment: PreprocessEnvironment;
  readonly readExternal?: ReadExternal;
}

export interface CatalogueSources {
  /** models/manifest.json, parsed. */
  readonly manifest: unknown;
  /** The bytes of a file that the manifest names. */
  readonly readShipped: (file: string) => Promise<Uint8Array>;
  readonly own?: OwnModel;
}

/**
 * All models served, the default first: the user's own, if given, then the shipped ones in the manifest's order. A shipped
 * model with the same id as the user's is left out, so that an id never means two models.
 * @throws ModelRejected naming the model or the setting that is wrong
 */
export async function assembleCatalogue({ manifest, readShipped, own }: CatalogueSources): Promise<ServedModel[]> {
  const shipped: ServedModel[] = [];
  for (const entry of readManifest(manifest)) {
    shipped.push(await named(`models/${entry.file}`, shippedModel(entry, readShipped)));
  }
  const first = own && (await named(own.path, ownModel(own, shipped)));
  const all = first ? [first, ...shipped.filter(({ info }) => info.id !== first.info.id)] : shipped;
  if (all.length > 0) return all;
  rejectModel("models/manifest.json lists no model, and MODEL names none. Set MODEL to the path of an .onnx file.");
}

async function shippedModel(
  entry: ManifestEntry,
  readShipped: (file: string) => Promise<Uint8Array>,
): Promise<ServedModel> {
  const { id, file, labels, preprocess } = entry;
  const original = await readShipped(file);
  const { info, executed } = await describeModel({ id, bytes: original, labels, preprocess });
  checkAgainst(entry, info);
  return { ...prove(info, executed), original, preprocessNote: null };
}

async function named<T>(subject: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw rejectedAs(subject, error);
  }
}

/** @throws ModelRejected for the first thing in which the file is not what the manifest says */
function checkAgainst(entry: ManifestEntry, info: ModelDescription): void {
  const pairs: readonly (readonly [what: string, said: unknown, found: unknown])[] = [
    ["SHA-256", entry.sha256, info.sha256],
    ["input name", entry.input.name, info.input.name],
    ["input shape", `[${entry.input.shape.join(", ")}]`, `[${info.input.shape.join(", ")}]`],
    ["output name", entry.output.name, info.output.name],
    ["opset", entry.opset, info.opset],
  ];
  for (const [what, said, found] of pairs) {
    if (said === found) continue;
    rejectModel(
      `The manifest gives the ${what} ${said}, but the file has ${found}. Restore the file, or update models/manifest.json.`,
    );
  }
}

/**
 * Its preprocessing: the environment before the sidecar before the file's own metadata. A file that is also shipped, under
 * any name, otherwise uses the manifest's.
 */
async function ownModel(own: OwnModel, shipped: readonly ServedModel[]): Promise<ServedModel> {
  const { id, bytes, environment, readExternal, imported = [] } = own;
  const sidecar = readSidecar(own.sidecar);
  const bare = await describeModel({ id, bytes, ...(readExternal && { readExternal }) });
  const same = shipped.find(({ info }) => info.sha256 === bare.info.sha256)?.info;
  const labels = sidecar.labels ?? same?.labels ?? bare.info.labels;
  if (labels.length !== bare.info.labels.length)
    rejectModel(
      `The model needs ${bare.info.labels.length} labels, one per class in order, but the sidecar has ${labels.length}.`,
    );
  const states = { ...bare.stated, ...sidecar };
  const preprocessIn = (settings: PreprocessEnvironment): Preprocess =>
    ownPreprocess(settings, states, same?.preprocess ?? DEFAULT_PREPROCESS, bare.info.input.channels);
  const preprocess = preprocessIn(environment);
  const stated = same !== undefined || statesPreprocess(states);
  const adaptations = [...imported, ...bare.info.adaptations];
  return {
    ...prove({ ...bare.info, labels, preprocess, adaptations }, bare.executed),
    original: bytes,
    preprocessNote: preprocessNote(id, {
      inForce: preprocess,
      own: orElse(() => preprocessIn({}), preprocess),
      stated,
    }),
  };
}

/** A sidecar's value that the environment replaces may be unusable. */
function orElse<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
