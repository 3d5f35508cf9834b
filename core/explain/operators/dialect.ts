import { BACKENDS, type BackendId } from "../../backends/backend.ts";

/** The arithmetic that a side is held to; see BACKENDS. */
export type Dialect = (typeof BACKENDS)[BackendId]["arithmetic"];

/** A runtime that is not one of isobit's is held to no more than the least strict of them. */
export function dialectOf({ runsOn }: { readonly runsOn: BackendId | null }): Dialect {
  return runsOn === null ? "shader" : BACKENDS[runsOn].arithmetic;
}
