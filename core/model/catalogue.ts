import { readManifest, readSidecar, type ManifestEntry } from "./manifest.ts";
import type { ModelDescription, ModelInfo } from "./model.ts";
import { DEFAULT_PREPROCESS, ownPreprocess, type PreprocessEnvironment, statesPreprocess } from "./model-preprocess.ts";
import { preprocessNote } from "../image/preprocess-text.ts";
import type { Preprocess } from "../image/preprocess-settings.ts";
import { describeModel } from "./describe.ts";
import type { ReadExternal } from "../onnx/external-file.ts";
import { ModelRejected, rejectedAs } from "../onnx/rejected.ts";
import { prove } from "./proof.ts";

/** A model with its bytes: what is needed to serve it, to hand out its file and to create a session. */
export interface ServedModel {
  readonly info: ModelInfo;
  /** The file as it was given; `info.sha256` is of it. */
  readonly original: Uint8Array;
  /** What the runtimes are handed; `info.executedSha256` is of it. */
  readonly executed: Uint8Array;
  /** A sentence where it takes its images in a way that it does not state itself; null where it does. */
  readonly preprocessNote: string | null;
}

/** A classifier of the user's own. */
export interface OwnModel {
  /** The stem of its file's name. */
  readonly id: string;
  /** Its file as the user named it, for sentences. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** What was done to make these bytes, where the file was no ONNX, in sentences. */
  readonly imported?: readonly string[];
  /** The JSON of the file beside it, parsed; undefined where there is none. */
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
 * All models served, the default first: the user's own where one is given, then the shipped ones in the manifest's
 * order. A model of the user's own keeps its id; a shipped one with the same id is left out, so that the id never
 * means two models.
 * @throws ModelRejected naming the model that does not fit, or the setting that cannot be used
 */
export async function assembleCatalogue({ manifest, readShipped, own }: CatalogueSources): Promise<ServedModel[]> {
  const shipped: ServedModel[] = [];
  for (const entry of readManifest(manifest)) {
    shipped.push(await named(`models/${entry.file}`, shippedModel(entry, readShipped)));
  }
  const first = own && (await named(own.path, ownModel(own, shipped)));
  const all = first ? [first, ...shipped.filter(({ info }) => info.id !== first.info.id)] : shipped;
  if (all.length > 0) return all;
  throw new ModelRejected(
    "models/manifest.json lists no model, and MODEL names none. Set MODEL to the path of an .onnx file.",
  );
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
    throw new ModelRejected(
      `The manifest gives the ${what} ${said}, but the file has ${found}. Restore the file, or bring models/manifest.json up to date.`,
    );
  }
}

/**
 * How it takes its images: the environment before the sidecar before the file's own metadata. A file that is also
 * shipped, under whatever name, takes them as the manifest says unless told otherwise.
 */
async function ownModel(own: OwnModel, shipped: readonly ServedModel[]): Promise<ServedModel> {
  const { id, bytes, environment, readExternal, imported = [] } = own;
  const sidecar = readSidecar(own.sidecar);
  const bare = await describeModel({ id, bytes, ...(readExternal && { readExternal }) });
  const same = shipped.find(({ info }) => info.sha256 === bare.info.sha256)?.info;
  const labels = sidecar.labels ?? same?.labels ?? bare.info.labels;
  if (labels.length !== bare.info.labels.length) {
    throw new ModelRejected(
      `The labels in the sidecar are ${labels.length}, but the model's classes are ${bare.info.labels.length}. Give one label a class, in order.`,
    );
  }
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
