import { bytesOf } from "#core/tensors/bits.ts";
import { answer } from "#core/path.ts";
import type { LogitsAnswer } from "#core/respond.ts";
import type { Host } from "#core/host.ts";
import type { InferRequest } from "./read-request.ts";

/**
 * The rows on the main path, one answer each, in order. It decides which rows may share a run.
 * @throws IsobitError the first row's that failed: the protocol has no half answers
 */
export async function infer({ model, backend, rows }: InferRequest, host: Host): Promise<LogitsAnswer[]> {
  const answered = await answer(
    {
      model: model.id,
      inputs: rows.map((row) => ({ kind: "tensor", bytes: bytesOf(row) })),
      backends: [backend],
      reference: backend,
    },
    host,
  );
  return answered.rows.map(({ outputs: [output] }) => {
    if (output?.error) throw output.error;
    if (!output?.prediction) throw new Error("the main path answered neither a prediction nor an error");
    return output.prediction.logits;
  });
}
