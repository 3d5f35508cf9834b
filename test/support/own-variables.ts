import { VARIABLE_NAMES } from "#core/variables.ts";

/** An environment without the variables that isobit reads: what a developer's own shell holds must not reach a part under test. */
export function withoutOwnVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own: ReadonlySet<string> = new Set(VARIABLE_NAMES);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !own.has(name)));
}
