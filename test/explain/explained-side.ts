import { BACKEND_IDS, OPTIMIZATION_LEVEL } from "#core/backends.ts";
import type { ExplainedSource } from "#core/explain/request.ts";

/** A side of a request. A source that is not a backend's id stands for a runtime that is not one of isobit's. */
export function explainedSource(source: string, outputs: ExplainedSource["outputs"], tf32 = false): ExplainedSource {
  const runsOn = BACKEND_IDS.find((id) => id === source) ?? null;
  return { source, runsOn, optimizationLevel: OPTIMIZATION_LEVEL, tf32, outputs };
}
