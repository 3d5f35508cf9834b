import type { AnswerRow, AnswerSource } from "../answers/source.ts";
import { BROWSER_PROVIDERS, type Provider } from "./providers.ts";
import { browserRuntime } from "./runtime.ts";

/** One provider of this browser as a source of answers to a sketch. */
export type BrowserSource = AnswerSource;

export function browserSource(provider: Provider): BrowserSource {
  const { source } = BROWSER_PROVIDERS[provider];
  return {
    id: source,
    quick: provider === "wasm",
    ask: async ({ pixels, model: id }, signal) => {
      const { answerSketch } = await import("./answer-sketch.ts");
      const row: AnswerRow = await answerSketch(browserRuntime, provider, { pixels, model: id }, signal);
      return { rows: [row], alarms: [] };
    },
  };
}
