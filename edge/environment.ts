import { readVariables, variablesOf, type VariablesOf } from "#core/variables.ts";

/** The edge's variables by their names. The ports are read by `npm run edge`; the Worker itself does not use them. */
export type EdgeEnvironment = VariablesOf<"edge">;

/** The variables that the Worker reads, whether bound by Cloudflare, by wrangler or by `npm run edge`. */
export const WORKER_VARIABLES = variablesOf("worker");

/** @throws Error with a sentence that names the variable */
export function parseEnvironment(variables: Readonly<Record<string, unknown>>): EdgeEnvironment {
  return readVariables("edge", variables, (url) => URL.parse(url));
}
