import { MAX_ROWS_PER_RUN } from "../limits.ts";
import type { ModelInfo } from "../model/model.ts";
import { isCertifiedInput } from "../model/certified.ts";

/**
 * Which inputs share a run of the session, in order. The same row may have other bits in another batch, so inputs run
 * together only where the certificate proves each row's bits whatever the order of its sums and no node mixes rows; all
 * others run alone.
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
