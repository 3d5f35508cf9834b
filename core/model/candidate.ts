import type { Preprocess } from "../image/preprocess-settings.ts";
import { adapt } from "../onnx/adapt.ts";
import type { ReadExternal } from "../onnx/external-file.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import { readModel } from "../onnx/read.ts";
import { rejectModel } from "../onnx/rejected.ts";
import { sha256Hex } from "../tensors/sha256.ts";
import type { CertificateSubject } from "./certificate-document.ts";
import { perChannel } from "./model-preprocess.ts";

/** A model as it would run, and how it would be fed. Not necessarily a classifier. */
export interface Candidate extends Pick<CertificateSubject, "sha256" | "external" | "adaptations"> {
  readonly model: OnnxModel;
  readonly preprocess: Preprocess;
  /** Shape of its input; -1 for a dynamic dimension. */
  readonly shape: readonly number[];
}

/** The default for an unknown file: plain grey levels are the likeliest to be exact. */
export const UNSCALED: Preprocess = Object.freeze({ scale: 1, mean: [0], std: [1], invert: false });

/** The number of channels that lists of numbers describe: the length of the longest. */
export function channelsIn(...lists: readonly unknown[]): number {
  return Math.max(1, ...lists.filter((list) => Array.isArray(list)).map(({ length }) => length));
}

/** @throws ModelRejected for a file that is not a complete ONNX model, or does not state the shape of its input */
export async function candidateOf(
  bytes: Uint8Array,
  preprocess: Preprocess,
  readExternal: ReadExternal | undefined,
): Promise<Candidate> {
  const { model, adaptations, external } = await adapt(readModel(bytes), readExternal);
  const [input] = model.graph.inputs;
  if (!input?.shape) rejectModel("Its input does not have a shape. Export it with its shapes.");
  return {
    sha256: sha256Hex(bytes),
    model,
    preprocess: perChannel(preprocess, channelsIn(preprocess.mean, preprocess.std)),
    shape: input.shape,
    adaptations,
    external,
  };
}
