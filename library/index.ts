/* Stands in for the library's main entry until that is merged. */
import type { BackendId } from "#core/backends/backend.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { compareModels, type ComparisonOutcome } from "./compare/compare.ts";

export interface CompareOptions {
  readonly backends?: readonly BackendId[];
  readonly random?: number;
  readonly tolerance?: Tolerance;
}

export async function compare(
  models: string | readonly string[],
  { backends, random, tolerance = {} }: CompareOptions = {},
): Promise<ComparisonOutcome> {
  const { abs, rel, ulp } = tolerance;
  return await compareModels(
    [models].flat(),
    {
      out: ".",
      ...(backends && { backends }),
      ...(random != null && { random }),
      ...(abs != null && { abs }),
      ...(rel != null && { rel }),
      ...(ulp != null && { ulp }),
    },
    new AbortController().signal,
  );
}
