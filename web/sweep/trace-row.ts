import { softmax } from "#core/tensors/softmax.ts";
import type { AnswerRow } from "../answers/source.ts";
import { keep } from "../history/store.ts";
import { logitsOf } from "../logits.ts";
import { addressOf } from "../route.ts";
import type { SweepState } from "./sweep-run.ts";
import type { WorstRow } from "./worst-rows.ts";

/**
 * Keeps an image in the history, where the trace finds it. @returns where it is traced
 * @throws Error where this browser keeps nothing
 */
export async function keepForTrace({ request, progress }: SweepState, row: WorstRow): Promise<string> {
  const { place, pair, reference, other } = row;
  const preview = request?.images.preview(place);
  if (!progress || preview?.kind !== "pixels") throw new Error("This image has no grey levels here.");
  const { id: model, sha256: modelSha256 } = progress.model;
  const { width, height, pixels } = preview;
  // The same image again is the same entry: it takes one place of the hundred.
  const id = `sweep-${model}-${hashOf(pixels)}`;
  const now = Date.now();
  const rows = [reference, other].map(answerOf);
  // The history compares bits, whatever the sweep tolerated.
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
    const { code, message } = error ?? { code: "BACKEND_FAILED", message: "It gave no answer." };
    return { source, ok: false, code, message };
  }
  const probabilities = softmax(logits).map((share) => (Number.isFinite(share) ? share : null));
  return { source, ok: true, label: prediction.label, probabilities, logits, latencyMs: prediction.latencyMs };
}

/** FNV-1a, 32 bits: a name, not a proof. */
function hashOf(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}
