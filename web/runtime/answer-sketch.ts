import { IsobitError } from "#core/errors.ts";
import { preprocess } from "#core/preprocess.ts";
import { argmax, softmax } from "#core/softmax.ts";
import type { AnswerRow, SketchQuestion } from "../draw/answers/source.ts";
import { findModel } from "./models.ts";
import { BROWSER_PROVIDERS, type Provider } from "./providers.ts";
import type { browserRuntime } from "./runtime.ts";

/** A sketch's answer by this browser; whatever goes wrong is the row's own error. */
export async function answerSketch(
  runtime: typeof browserRuntime,
  provider: Provider,
  { pixels, model: id }: SketchQuestion,
  signal: AbortSignal,
): Promise<AnswerRow> {
  const { source } = BROWSER_PROVIDERS[provider];
  try {
    const model = await findModel(id);
    const [input] = await preprocess(
      { model, items: [{ id: "sketch", source: { kind: "pixels", bytes: pixels } }] },
      NO_FILES,
    );
    if (!input?.ok) throw input?.error ?? new Error("the sketch was lost on its way");
    const [answer] = await runtime.run(provider, model, [input.tensor], signal);
    if (!answer?.ok) return { source, ok: false, code: "BACKEND_FAILED", message: "It gave no answer.", ...answer };
    const { logits, latencyMs } = answer;
    const label = model.labels[argmax(logits)] ?? "NaN";
    const probabilities = softmax(logits).map((value) => (Number.isFinite(value) ? value : null));
    return { source, ok: true, label, probabilities, logits, latencyMs };
  } catch (error) {
    if (error instanceof IsobitError) return { source, ok: false, code: error.code, message: error.message };
    throw error;
  }
}

/** A sketch is neither a built-in picture nor a file. */
const NO_FILES = {
  images: [],
  readImage: () => Promise.reject(new Error("a sketch is not a built-in picture")),
  decodeOther: () => Promise.reject(new Error("a sketch is not a file")),
};
