import type { Certification } from "../certify/certificate.ts";
import { IsobitError } from "../errors.ts";
import type { Levels } from "../image/grey.ts";
import type { Preprocess } from "../image/preprocess-settings.ts";
import { certifyAsRun } from "../model/certify-as-run.ts";
import { describeModel } from "../model/describe.ts";
import type { ModelInput } from "../model/model.ts";
import { DEFAULT_PREPROCESS, ownPreprocess, perChannel } from "../model/model-preprocess.ts";
import type { ReadExternal } from "../onnx/external-file.ts";
import { requireOptions } from "../options.ts";
import { readModel } from "../onnx/read.ts";
import { orIncomplete } from "../onnx/rejected.ts";
import { exactify as exactifyDescribed } from "./exactify.ts";
import type { LayerReport } from "./layer-report.ts";
import type { OpenSession } from "./session.ts";
import { Untreatable } from "./untreatable.ts";

export interface ExactifyOptions {
  /**
   * Images like those that the model will see, at its input's width and height; labels are not needed. At most 1,000 are
   * used, evenly picked.
   */
  readonly calibration: readonly Levels[];
  /** Loads a model in the caller's runtime, with which exactify only measures: it never decides bits. */
  readonly openSession: OpenSession;
  /**
   * How grey levels 0-255 become inputs of the given model: (level * scale - mean) / std, with 255 - level for level
   * where `invert`. Default, key by key: what the file's metadata state, otherwise scale 1/255, mean 0, std 1.
   */
  readonly preprocess?: Partial<Preprocess>;
  /** Keep convolutions of stride 1, which are then exact only without Winograd and FFT. Default: false. */
  readonly allowStrideOne?: boolean;
  /** Reads a file of weights that the model names, by its location. Default: none is read. */
  readonly readExternal?: ReadExternal;
  /** Called with a sentence about the current step, at most a few times per second. */
  readonly onProgress?: (sentence: string) => void;
}

export interface ExactifyResult {
  /** The exact model as an ONNX file. It carries its preprocessing: grey levels 0-255 unchanged. */
  readonly bytes: Uint8Array;
  readonly preprocess: Preprocess;
  /** One per convolution or dense layer, in order. */
  readonly layers: readonly LayerReport[];
  /** The proof that it is exact, TF32 included and, unless `allowStrideOne`, with any convolution algorithm. */
  readonly certification: Certification;
}

/**
 * Turns a float classifier of images into one whose every sum is a sum of integers below 2^24, so that its bits are the
 * same everywhere. Nothing is trained; a few labels may change, so measure both models on labelled images.
 * @param model an ONNX file
 * @throws IsobitError INCOMPLETE for a model that cannot be read or has no exact form, BAD_INPUT for a calibration image
 *   of another size and for options that cannot be used; and errors of `openSession` and its sessions
 * @example
 * ```ts
 * const openSession: OpenSession = async (bytes, { name, shape }) => {
 *   const session = await ort.InferenceSession.create(bytes);
 *   return {
 *     async run(images, count) {
 *       const outputs = await session.run({ [name]: new ort.Tensor("float32", images, [count, ...shape]) });
 *       return Object.fromEntries(Object.entries(outputs).map(([key, { data }]) => [key, data as Float32Array]));
 *     },
 *     release: () => session.release(),
 *   };
 * };
 * const { bytes: exact } = await exactify(model, { calibration, openSession });
 * ```
 */
export async function exactify(model: Uint8Array, options: ExactifyOptions): Promise<ExactifyResult> {
  const {
    calibration,
    openSession,
    preprocess,
    allowStrideOne = false,
    readExternal,
    onProgress,
  } = requireOptions(options);
  if (!Array.isArray(calibration)) throw new IsobitError("BAD_INPUT", "calibration must be an array of images.");
  if (typeof openSession !== "function") throw new IsobitError("BAD_INPUT", "openSession must be a function.");
  return await orTreatable(async () => {
    const { info, stated, executed } = await describeModel({
      id: "model",
      bytes: model,
      ...(readExternal && { readExternal }),
    });
    const { input } = info;
    calibration.forEach((levels, index) => refuseOtherSize(levels, index, input));
    const own = ownPreprocess({}, stated ?? {}, DEFAULT_PREPROCESS, input.channels);
    const exact = await exactifyDescribed({
      info: { ...info, preprocess: perChannel({ ...own, ...preprocess }, input.channels) },
      executed,
      calibration,
      open: openSession,
      allowStrideOne,
      ...(onProgress && { tell: onProgress }),
    });
    const { certification } = certifyAsRun(readModel(exact.bytes), exact.preprocess, [-1, ...input.shape.slice(1)], {
      tf32: true,
      anyAlgorithm: !allowStrideOne,
    });
    return { bytes: exact.bytes, preprocess: exact.preprocess, layers: exact.layers, certification };
  });
}

function refuseOtherSize(
  { width, height, channels, values }: Levels,
  index: number,
  input: Pick<ModelInput, "width" | "height" | "channels">,
): void {
  const fits = width === input.width && height === input.height && (channels === 1 || channels === input.channels);
  if (fits && values.length === width * height * channels) return;
  throw new IsobitError(
    "BAD_INPUT",
    `Calibration image ${index} is ${width}x${height} with ${channels} channels and ${values.length} levels. The model takes ${input.width}x${input.height} with 1${input.channels === 1 ? "" : ` or ${input.channels}`}, one level per pixel and channel.`,
  );
}

async function orTreatable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await orIncomplete(work);
  } catch (error) {
    if (error instanceof Untreatable) throw new IsobitError("INCOMPLETE", error.message, { cause: error });
    throw error;
  }
}
