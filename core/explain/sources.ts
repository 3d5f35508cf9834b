import { BACKENDS, type BackendId } from "../backends.ts";
import type { ExplainedSource } from "./request.ts";

/** The two sources of a request, in listing order. */
export const SOURCE_ROLES = ["reference", "other"] as const;
export type SourceRole = (typeof SOURCE_ROLES)[number];
export type BySource<T> = Readonly<Record<SourceRole, T>>;

export function bySource<T>(give: (role: SourceRole) => T): BySource<T> {
  return { reference: give("reference"), other: give("other") };
}

/** The arithmetic rules that a source must follow; see BACKENDS. */
export type Dialect = (typeof BACKENDS)[BackendId]["arithmetic"];

/** A runtime that is not one of isobit's gets the least strict rules. */
export function dialectOf({ runsOn }: Pick<ExplainedSource, "runsOn">): Dialect {
  return runsOn === null ? "shader" : BACKENDS[runsOn].arithmetic;
}

/**
 * True for a source that runs on a CPU, where MLAS uses neither Winograd nor FFT, keeps subnormals and treats NaN and
 * infinities as IEEE 754 defines. GPUs and unknown runtimes may do otherwise.
 */
export function isProcessor(source: ExplainedSource): boolean {
  return dialectOf(source) === "ieee";
}
