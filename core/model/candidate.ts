import type { Preprocess } from "../image/preprocess-settings.ts";
import { adapt } from "../onnx/adapt.ts";
import type { ExternalFile, ReadExternal } from "../onnx/external-file.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import { readModel } from "../onnx/read.ts";
import { ModelRejected } from "../onnx/rejected.ts";
import { sha256Hex } from "../tensors/sha256.ts";
import { perChannel } from "./model-preprocess.ts";

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
export const UNSCALED: Preprocess = Object.freeze({ scale: 1, mean: [0], std: [1], invert: false });

/** How many channels lists of numbers speak of: as many as the longest has. */
export function channelsIn(...lists: readonly unknown[]): number {
  return Math.max(1, ...lists.filter((list) => Array.isArray(list)).map(({ length }) => length));
}

/** @throws ModelRejected for what is not a whole ONNX model, or does not say the shape of its input */
export async function candidateOf(
  bytes: Uint8Array,
  preprocess: Preprocess,
  readExternal: ReadExternal | undefined,
): Promise<Candidate> {
  const { model, adaptations, external } = await adapt(readModel(bytes), readExternal);
  const [input] = model.graph.inputs;
  if (!input?.shape) throw new ModelRejected("It does not say the shape of its input. Export it with its shapes.");
  return {
    sha256: sha256Hex(bytes),
    model,
    preprocess: perChannel(preprocess, channelsIn(preprocess.mean, preprocess.std)),
    shape: input.shape,
    adaptations,
    external,
  };
}
