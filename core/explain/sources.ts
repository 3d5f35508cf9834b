import { BACKENDS, type BackendId } from "../backends.ts";
import type { ExplainedSource } from "./request.ts";

/** The two sources of a request, in the order in which they are listed. */
export const SOURCE_ROLES = ["reference", "other"] as const;
export type SourceRole = (typeof SOURCE_ROLES)[number];
export type BySource<T> = Readonly<Record<SourceRole, T>>;

export function bySource<T>(give: (role: SourceRole) => T): BySource<T> {
  return { reference: give("reference"), other: give("other") };
}

/** The arithmetic that a source is held to; see BACKENDS. */
export type Dialect = (typeof BACKENDS)[BackendId]["arithmetic"];

/** A runtime that is not one of isobit's is held to the least strict of them. */
export function dialectOf({ runsOn }: Pick<ExplainedSource, "runsOn">): Dialect {
  return runsOn === null ? "shader" : BACKENDS[runsOn].arithmetic;
}

/**
 * True for a source that runs on a processor: MLAS there has neither Winograd nor FFT, keeps subnormals and treats NaN and
 * infinities as IEEE 754 says. GPUs and unknown runtimes may do otherwise.
 */
export function isProcessor(source: ExplainedSource): boolean {
  return dialectOf(source) === "ieee";
}
