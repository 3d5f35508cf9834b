import { BACKEND_IDS, OPTIMIZATION_LEVEL } from "#core/backends/backend.ts";
import type { ExplainedSide } from "#core/explain/question.ts";

/** A side of a question. A source that is not a backend's id stands for a runtime that is not one of isobit's. */
export function explainedSide(source: string, outputs: ExplainedSide["outputs"], tf32 = false): ExplainedSide {
  const runsOn = BACKEND_IDS.find((id) => id === source) ?? null;
  return { source, runsOn, optimizationLevel: OPTIMIZATION_LEVEL, tf32, outputs };
}
