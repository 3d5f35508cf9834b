import { MAX_ROWS_PER_RUN } from "../limits.ts";
import type { ModelInfo } from "../model/model.ts";
import { isCertifiedInput } from "../model/certified.ts";

/**
 * Groups inputs into session runs, in order. A row's bits may depend on its batch, so inputs share a run only if the
 * certificate proves their bits in every summation order and no node mixes rows. All others run alone.
 */
export function runsOf(model: ModelInfo, tensors: readonly Float32Array[]): readonly (readonly Float32Array[])[] {
  if (!model.proof.rowsIndependent || model.input.shape[0] !== -1) return tensors.map((tensor) => [tensor]);
  const runs: Float32Array[][] = [];
  let open: Float32Array[] | null = null;
  for (const tensor of tensors) {
    const joins = isCertifiedInput(model, tensor);
    if (joins && open !== null && open.length < MAX_ROWS_PER_RUN) {
      open.push(tensor);
      continue;
    }
    const run = [tensor];
    runs.push(run);
    open = joins ? run : null;
  }
  return runs;
}
