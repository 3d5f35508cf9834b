import type { ZodType } from "zod";
import type { Certification } from "#core/certify/certificate.ts";
import { IsobitError } from "#core/errors.ts";
import { floatRunnable } from "#core/exactify/check-folding.ts";
import { exactify as makeExact } from "#core/exactify/exactify.ts";
import type { LayerReport } from "#core/exactify/layer-report.ts";
import { runnable } from "#core/exactify/session.ts";
import { Untreatable } from "#core/exactify/untreatable.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { certifyAsRun } from "#core/model/certify-as-run.ts";
import type { ModelDescription } from "#core/model/model.ts";
import { readModel } from "#core/onnx/read.ts";
import { asLibraryError } from "#core/onnx/rejected.ts";
import { callback, flag, preprocess, refuseBadOptions, signal, text } from "../options/checks.ts";
import { type ImageSet, readImages, WHAT_TO_GIVE } from "./images.ts";
import { compareModels, type Comparison } from "./measure.ts";
import { openNative, openWasm, stoppable } from "./sessions.ts";
import { readSourceModel } from "./source-model.ts";

export interface ExactifyOptions {
  /** Images like those that the model will see: a folder of PNG files, an IDX file, or "mnist". */
  readonly calibrate?: string;
  /** Labelled images to measure on. Default: MNIST's test images for "mnist", otherwise the calibration images. */
  readonly labelled?: string;
  /** Leave convolutions of stride 1 as they are: smaller, but Winograd may be chosen for them. Default: false. */
  readonly allowStrideOne?: boolean;
  /** How the float model takes grey levels. Default: as its sidecar or the manifest says, otherwise scale 1/255. */
  readonly preprocess?: Partial<Preprocess>;
  readonly signal?: AbortSignal;
  /** Told what is being done, in words. */
  onProgress?(sentence: string): void;
}

export type ExactifyResult =
  | { readonly alreadyExact: true; readonly certification: Certification; readonly preprocessNote: string | null }
  | {
      readonly alreadyExact: false;
      /** A sentence where the float model is fed in a way that it does not state itself; null where it is not. */
      readonly preprocessNote: string | null;
      /** The exact model, an ONNX file; to be used only where `certification.certified`. */
      readonly bytes: Uint8Array;
      /** How the exact model takes its images, and its labels where they are not 0, 1, 2, …: the sidecar of its file. */
      readonly sidecar: Preprocess & { readonly labels?: readonly string[] };
      readonly certification: Certification;
      readonly layers: readonly LayerReport[];
      /** Where the images that were measured on come from. */
      readonly images: string;
      readonly comparison: Comparison;
    };

/**
 * Turns a float classifier into one whose bits are the same everywhere, without training it again, and measures both.
 * @param model path of an .onnx file, or id of a shipped model
 * @throws LibraryError BAD_OPTION, ABORTED; INCOMPLETE where the model or the images cannot be read, or an operator has
 *   no exact form
 * @example
 * const exact = await exactify("cnn.onnx", { calibrate: "photos/" });
 * if (!exact.alreadyExact && exact.certification.certified) await writeFile("cnn-exact.onnx", exact.bytes);
 */
export async function exactify(model: string, options: ExactifyOptions = {}): Promise<ExactifyResult> {
  refuseBadOptions(SHAPE, options);
  if (typeof model !== "string") throw new IsobitError("BAD_OPTION", "The model must be a path or an id.");
  try {
    return await makeAndMeasure(model, options);
  } catch (error) {
    if (error instanceof Untreatable) throw new IsobitError("INCOMPLETE", error.message, { cause: error });
    throw asLibraryError(error);
  }
}

const SHAPE = {
  calibrate: text,
  labelled: text,
  allowStrideOne: flag,
  preprocess,
  signal,
  onProgress: callback,
} satisfies Record<keyof ExactifyOptions, ZodType>;

async function makeAndMeasure(path: string, options: ExactifyOptions): Promise<ExactifyResult> {
  const { calibrate, allowStrideOne = false, signal: stop } = options;
  if (calibrate === undefined)
    throw new IsobitError(
      "BAD_OPTION",
      `exactify needs images to measure ranges on. Give \`calibrate\`: ${WHAT_TO_GIVE}.`,
    );
  const refuseStopped = (): void => {
    if (stop?.aborted) throw new IsobitError("ABORTED", "Stopped before both models were measured.");
  };
  const tell = (sentence: string): void => {
    refuseStopped();
    options.onProgress?.(sentence);
  };
  refuseStopped();
  const { info, executed, preprocessNote } = await readSourceModel(path, options.preprocess ?? {});
  const shape = [-1, ...info.input.shape.slice(1)];
  const { certification: already } = certifyAsRun(readModel(executed), info.preprocess, shape);
  if (already.certified) return { alreadyExact: true, certification: already, preprocessNote };
  const calibration = await readImages(calibrate, "calibrate", info);
  const judges = await labelledSet(options, calibration, info);
  const exact = await makeExact({
    info,
    executed,
    calibration: calibration.levels,
    open: stoppable(openNative, refuseStopped),
    allowStrideOne,
    tell,
  });
  const { certification } = certifyAsRun(readModel(exact.bytes), exact.preprocess, shape, {
    tf32: true,
    anyAlgorithm: !allowStrideOne,
  });
  tell("measuring both models");
  const input = { name: info.input.name, shape: info.input.shape.slice(1) };
  const comparison = await compareModels(
    { runnable: floatRunnable(info, executed), preprocess: info.preprocess, sizeBytes: info.sizeBytes },
    { runnable: runnable(exact.model, input), preprocess: exact.preprocess, sizeBytes: exact.bytes.length },
    judges,
    { model: info, open: { CPU: stoppable(openNative, refuseStopped), WASM: stoppable(openWasm, refuseStopped) } },
  );
  const plain = info.labels.every((label, index) => label === String(index));
  return {
    alreadyExact: false,
    preprocessNote,
    bytes: exact.bytes,
    sidecar: { ...exact.preprocess, ...(plain ? {} : { labels: info.labels }) },
    certification,
    layers: exact.layers,
    images: judges.source,
    comparison,
  };
}

async function labelledSet(
  { labelled, calibrate }: ExactifyOptions,
  calibration: ImageSet,
  info: ModelDescription,
): Promise<ImageSet> {
  if (labelled === undefined) return calibrate === "mnist" ? await readImages("mnist", "labelled", info) : calibration;
  const set = await readImages(labelled, "labelled", info);
  if (set.labels !== null) return set;
  throw new IsobitError(
    "INCOMPLETE",
    `${labelled} does not say which label each image has. Put them in subfolders named by label, or put the IDX file of labels next to that of the images.`,
  );
}
