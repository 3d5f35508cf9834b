import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import type { ServedModel } from "#core/model/catalogue.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { inlineExternal } from "#core/onnx/external.ts";
import type { OnnxModel, ValueInfo } from "#core/onnx/graph.ts";
import { openBatch } from "#core/onnx/open-batch.ts";
import { refuseForeignOperators } from "#core/onnx/operators.ts";
import { readModel } from "#core/onnx/read.ts";
import { ModelRejected, quoted, rejectedAs, UnreadableFile } from "#core/onnx/rejected.ts";
import { describeType } from "#core/onnx/value-info.ts";
import { writeModel } from "#core/onnx/write.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { isElementType } from "#core/tensors/tensor-value.ts";
import { externalWeights } from "../../models/external-weights.ts";
import { loadServedModels } from "../../models/load.ts";
import { readIfThere, readRegularFile } from "../model-file.ts";

/** Any ONNX model as it is passed to the runtimes. */
export interface ComparedModel {
  /** The stem of its file, or the id of a shipped model. */
  readonly id: string;
  readonly sha256: string;
  readonly executed: Uint8Array;
  readonly executedSha256: string;
  readonly onnx: OnnxModel;
  /** Set for a classifier of images: how it takes them, its labels, its certificate. */
  readonly classifier: ModelInfo | null;
  /** Why it is not a classifier of images; null for one. */
  readonly noImages: string | null;
  /** What was changed before it runs, in words. */
  readonly notes: readonly string[];
  /** How it takes images, where it does not state that itself. */
  readonly preprocessNote: string | null;
}

export interface ModelOptions {
  /** Run the file unchanged: no Softmax is cut off, and images are not known. */
  readonly asIs: boolean;
  /** MODEL_SCALE and its companions, as the options say them. */
  readonly preprocess: Readonly<Record<string, string>>;
}

/**
 * Reads a model that is given as `compare` takes it: the bytes of a file are read as a file of its own, named `model`, that
 * has no sidecar and no external weights.
 * @throws ModelRejected for what cannot be read or fed
 */
export async function readGivenModel(model: string | Uint8Array, options: ModelOptions): Promise<ComparedModel> {
  if (typeof model === "string") return await readComparedModel(model, options);
  const folder = await mkdtemp(join(tmpdir(), "isobit-model-"));
  const path = join(folder, "model.onnx");
  try {
    await writeFile(path, model);
    return await readComparedModel(path, options);
  } catch (error) {
    // isobit wrote the file, so its path means nothing to the caller.
    if (!(error instanceof ModelRejected)) throw error;
    throw new ModelRejected(error.message.replaceAll(path, "The model"), { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Reads a model by its path or, where there is no such file, by the id of a shipped one. A classifier of images runs
 * as it is served, up to its logits; every other model as it is.
 * @throws ModelRejected for what cannot be read or fed
 */
export async function readComparedModel(name: string, options: ModelOptions): Promise<ComparedModel> {
  const isFile = await exists(name);
  const shipped = isFile ? undefined : (await loadServedModels({})).find(({ info }) => info.id === name);
  if (shipped !== undefined) return options.asIs ? await plain(name, shipped.original, UNCHANGED) : classifier(shipped);
  if (!isFile) {
    const ids = (await loadServedModels({})).map(({ info }) => info.id).join(", ");
    throw new UnreadableFile(
      `${name} is missing. Give the path of an .onnx file, or the id of a shipped model: ${ids}.`,
    );
  }
  if (options.asIs) return await plain(name, await readRegularFile(name), UNCHANGED);
  const bytes = await readRegularFile(name);
  try {
    const [own] = await loadServedModels({ MODEL: name, ...options.preprocess });
    if (own !== undefined) return classifier(own);
  } catch (error) {
    if (!(error instanceof ModelRejected)) throw error;
    // Preprocessing is only given for a classifier of images.
    const meansImages = Object.keys(options.preprocess).length > 0 || (await exists(`${name}.json`));
    if (meansImages || extname(name).toLowerCase() === ".json") throw error;
    return await plain(name, bytes, error.message);
  }
  throw new ModelRejected(`${name} was not read.`);
}

const UNCHANGED = "The model runs unchanged.";

function classifier({ info, executed, preprocessNote }: ServedModel): ComparedModel {
  return {
    id: info.id,
    sha256: info.sha256,
    executed,
    executedSha256: info.executedSha256,
    onnx: readModel(executed),
    classifier: info,
    noImages: null,
    notes: info.adaptations,
    preprocessNote,
  };
}

async function plain(name: string, bytes: Uint8Array, noImages: string | null): Promise<ComparedModel> {
  try {
    const model = readModel(bytes);
    refuseForeignOperators(model);
    const inlined = await inlineExternal(model, externalWeights(name, readIfThere));
    const opened = openBatch(inlined.model);
    checkTypes(opened.model.graph);
    const adaptations = [inlined, opened].flatMap(({ adaptation }) => adaptation ?? []);
    const executed = adaptations.length > 0 ? writeModel(opened.model) : bytes;
    return {
      id: basename(name, extname(name)),
      sha256: sha256Hex(bytes),
      executed,
      executedSha256: sha256Hex(executed),
      onnx: opened.model,
      classifier: null,
      noImages,
      notes: adaptations,
      preprocessNote: null,
    };
  } catch (error) {
    throw rejectedAs(name, error);
  }
}

/** Refuses types that JavaScript cannot pass to a runtime, or whose bits cannot be read back and compared. */
function checkTypes({ inputs, outputs }: OnnxModel["graph"]): void {
  for (const value of inputs) {
    if (value.elementType !== null && isFed(value.elementType)) continue;
    throw refused(value, "input", "which isobit cannot feed. Export the model with tensors of numbers as its inputs");
  }
  for (const value of outputs) {
    if (value.elementType === null || isFed(value.elementType)) continue;
    throw refused(value, "output", "whose bits isobit cannot compare. Export the model without that output");
  }
}

/** ONNX Runtime's JavaScript interface has no bfloat16 tensors, though its graphs do. */
function isFed(elementType: string): boolean {
  return isElementType(elementType) && elementType !== "bfloat16";
}

function refused(value: ValueInfo, side: string, why: string): ModelRejected {
  return new ModelRejected(`Its ${side} ${quoted(value.name)} is ${describeType(value)}, ${why}.`);
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
