import { dialectOf } from "../operators/dialect.ts";
import type { ExplainedSource } from "../request.ts";

/** The two sides of a request, in the order in which they are told. */
export const SOURCE_ROLES = ["reference", "other"] as const;
export type SourceRole = (typeof SOURCE_ROLES)[number];
export type BySource<T> = Readonly<Record<SourceRole, T>>;

/**
 * True for a side that runs on a processor: MLAS there has neither Winograd nor FFT, keeps subnormals and treats NaN and
 * infinities as IEEE 754 says. GPUs and unknown runtimes may do otherwise.
 */
export function isProcessor(side: ExplainedSource): boolean {
  return dialectOf(side) === "ieee";
}

export function bySource<T>(give: (side: SourceRole) => T): BySource<T> {
  return { reference: give("reference"), other: give("other") };
}
