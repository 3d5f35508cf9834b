import { certifyGreyLevels } from "#core/certify/certify.ts";
import type { Certification } from "#core/certify/certificate.ts";
import { floatRunnable } from "#core/exactify/check-folding.ts";
import { exactify, type Exactified } from "#core/exactify/exactify.ts";
import { logitsOf, runnable, type Runnable } from "#core/exactify/session.ts";
import type { Levels } from "#core/image/grey.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { normalise } from "#core/model/normalise.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { openNative } from "#library/exactify/sessions.ts";
import { described } from "./classifiers.ts";

interface Made {
  readonly exact: Exactified;
  readonly runnable: Runnable;
  readonly tensors: readonly Float32Array[];
  readonly certification: Certification;
  /** One row per image. */
  readonly floatLogits: Float32Array;
  readonly exactLogits: Float32Array;
}

/** Makes a float model exact, asks for every certificate there is, and runs both natively on the calibration images. */
export async function madeExact(
  float: OnnxModel,
  calibration: readonly Levels[],
  preprocess: Preprocess,
  allowStrideOne = false,
): Promise<Made> {
  const { info, executed } = await described(float, preprocess);
  const exact = await exactify({ info, executed, calibration, open: openNative, allowStrideOne });
  const input = { name: info.input.name, shape: info.input.shape.slice(1) };
  const fed = (own: Preprocess): Float32Array[] =>
    calibration.map((levels) => normalise(levels, { ...info, preprocess: own }));
  const made = runnable(exact.model, input);
  const tensors = fed(exact.preprocess);
  return {
    exact,
    runnable: made,
    tensors,
    certification: certifyGreyLevels(exact.model, exact.preprocess, [-1, ...input.shape], {
      tf32: true,
      anyAlgorithm: !allowStrideOne,
    }),
    floatLogits: await logitsOf(openNative, floatRunnable(info, executed), fed(info.preprocess)),
    exactLogits: await logitsOf(openNative, made, tensors),
  };
}

/** The largest difference as a share of the largest float logit. */
export function relativeError({ floatLogits, exactLogits }: Pick<Made, "floatLogits" | "exactLogits">): number {
  const largest = floatLogits.reduce((most, logit) => Math.max(most, Math.abs(logit)), 1e-3);
  return floatLogits.reduce((most, logit, at) => Math.max(most, Math.abs(logit - exactLogits[at]!)), 0) / largest;
}
