import { messageOf } from "#core/errors.ts";
import { readVariables, type VariablesOf } from "#core/variables.ts";
import { StartError } from "./start-error.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The origin's variables by their names, and what follows from them. */
export interface OriginSettings extends VariablesOf<"origin"> {
  /** Whether requests without a token are answered. */
  readonly anonymous: boolean;
}

/**
 * The origin's own variables, read once. An empty one counts as not set, except a secret.
 * MODEL and its companions are read where models are loaded.
 * @throws StartError that names the variable
 */
export function parseEnvironment(environment: Environment): OriginSettings {
  // An empty secret is more likely a mishap than a wish, and taking it as "none" would open the origin.
  if (environment["ORIGIN_TOKEN"] === "") {
    throw new StartError("ORIGIN_TOKEN is empty; give it a secret, or unset it to run without one.");
  }
  try {
    const variables = readVariables("origin", environment, (url) => URL.parse(url));
    return { ...variables, anonymous: isAnonymous(variables) };
  } catch (error) {
    throw new StartError(messageOf(error), { cause: error });
  }
}

function isAnonymous({ ORIGIN_PUBLIC: isPublic, ORIGIN_TOKEN: token }: VariablesOf<"origin">): boolean {
  if (isPublic === false && token === undefined) {
    throw new Error("ORIGIN_PUBLIC=0 without ORIGIN_TOKEN would refuse every request; set ORIGIN_TOKEN, too.");
  }
  return isPublic ?? token === undefined;
}
