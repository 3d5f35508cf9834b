import { softmax } from "#core/tensors/softmax.ts";
import type { AnswerRow } from "../answers/source.ts";
import { keep } from "../history/store.ts";
import { logitsOf } from "../logits.ts";
import { addressOf } from "../route.ts";
import type { SweepState } from "./sweep-run.ts";
import type { WorstRow } from "./worst-rows.ts";

/**
 * Saves an image in the history, where the trace finds it.
 * @returns the trace's address
 * @throws Error if the history is not available
 */
export async function keepForTrace({ request, progress }: SweepState, row: WorstRow): Promise<string> {
  const { place, pair, reference, other } = row;
  const preview = request?.images.preview(place);
  if (!progress || preview?.kind !== "pixels") throw new Error("This image has no grey levels.");
  const { id: model, sha256: modelSha256 } = progress.model;
  const { width, height, pixels } = preview;
  // The same image has the same id, so that it is saved only once.
  const id = `sweep-${model}-${hashOf(pixels)}`;
  const now = Date.now();
  const rows = [reference, other].map(answerOf);
  // The history ignores the sweep's tolerance.
  const verdict = pair.differingElements > 0 ? "DRIFT" : "IDENTICAL";
  await keep({
    id,
    createdAt: now,
    answeredAt: now,
    model,
    modelSha256,
    width,
    height,
    pixels: pixels.slice(),
    verdict,
    rows,
  });
  return addressOf("trace", { sketch: id, a: pair.reference, b: pair.other, model });
}

function answerOf(output: WorstRow["reference"]): AnswerRow {
  const { source, prediction, error } = output;
  const logits = logitsOf(output);
  if (!prediction || !logits) {
    const { code, message } = error ?? { code: "BACKEND_FAILED", message: "It returned no result." };
    return { source, ok: false, code, message };
  }
  const probabilities = softmax(logits).map((share) => (Number.isFinite(share) ? share : null));
  return { source, ok: true, label: prediction.label, probabilities, logits, latencyMs: prediction.latencyMs };
}

/** FNV-1a, 32 bits. */
function hashOf(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}
