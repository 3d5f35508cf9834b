import type { ExternalFile, ReadExternal } from "./external-file.ts";
import { inlineExternal } from "./external.ts";
import { cutFinalSoftmax } from "./final-softmax.ts";
import type { OnnxModel } from "./graph.ts";
import { openBatch } from "./open-batch.ts";

export interface Adapted {
  /** With its weights inlined and its batch dynamic, up to its own outputs. */
  readonly whole: OnnxModel;
  /** The same up to its logits: the model that runs. */
  readonly model: OnnxModel;
  /** What was changed, in sentences. */
  readonly adaptations: readonly string[];
  readonly external: readonly ExternalFile[];
}

/**
 * Changes what a classifier needs before it runs: weights in other files are inlined, a batch of 0 becomes dynamic, and a
 * Softmax at the end is cut off.
 * @throws ModelRejected for missing weights
 */
export async function adapt(model: OnnxModel, readExternal: ReadExternal | undefined): Promise<Adapted> {
  const inlined = await inlineExternal(model, readExternal);
  const opened = openBatch(inlined.model);
  const cut = cutFinalSoftmax(opened.model);
  return {
    whole: opened.model,
    model: cut.model,
    adaptations: [inlined, opened, cut].flatMap(({ adaptation }) => adaptation ?? []),
    external: inlined.external,
  };
}
