import { IsobitError } from "#core/errors.ts";
import { argmax, softmax } from "#core/tensors/softmax.ts";
import type { AnswerRow, SketchRequest } from "../answers/source.ts";
import { findModel } from "./models.ts";
import { prepareSketch } from "./prepare-sketch.ts";
import { BROWSER_PROVIDERS, type Provider } from "./providers.ts";
import type { browserRuntime } from "./runtime.ts";

/** Runs a sketch in this browser. Failures become the row's error. */
export async function answerSketch(
  runtime: typeof browserRuntime,
  provider: Provider,
  { pixels, model: id }: SketchRequest,
  signal: AbortSignal,
): Promise<AnswerRow> {
  const { source } = BROWSER_PROVIDERS[provider];
  try {
    const model = await findModel(id);
    const input = await prepareSketch(model, pixels);
    if (!input.ok) throw input.error;
    const [answer] = await runtime.run(provider, model, [input.tensor], signal);
    if (!answer?.ok) return { source, ok: false, code: "BACKEND_FAILED", message: "It returned no result.", ...answer };
    const { logits, latencyMs } = answer;
    const label = model.labels[argmax(logits)] ?? "NaN";
    const probabilities = softmax(logits).map((value) => (Number.isFinite(value) ? value : null));
    return { source, ok: true, label, probabilities, logits, latencyMs };
  } catch (error) {
    if (error instanceof IsobitError) return { source, ok: false, code: error.code, message: error.message };
    throw error;
  }
}
