import { BACKEND_IDS } from "#core/backends.ts";
import { OPTIMIZATION_LEVELS } from "#core/backends/runner-messages.ts";
import { IsobitError } from "#core/errors.ts";
import type { CompareOptions } from "./options.ts";

/**
 * Refuses values that the types rule out, since a caller in JavaScript has no types.
 * @throws LibraryError BAD_OPTION with what to give instead
 */
export function checkOptions(options: CompareOptions): void {
  requireKnown("backends", options.backends, BACKEND_IDS);
  requireKnown("levels", options.levels, OPTIMIZATION_LEVELS);
  const { threads, batch, repeats, sessions, random, limit, seed } = options;
  for (const [name, counts] of Object.entries({ threads, batch }))
    for (const count of counts ?? []) requireInteger(name, count, 1);
  for (const [name, count] of Object.entries({ repeats, sessions, random, limit })) requireInteger(name, count, 1);
  requireInteger("seed", seed, 0);
}

function requireKnown(name: string, given: readonly string[] | undefined, known: readonly string[]): void {
  const unknown = given?.find((each) => !known.includes(each));
  if (unknown === undefined) return;
  throw new IsobitError("BAD_OPTION", `${name}: ${JSON.stringify(unknown)} is not one of ${known.join(", ")}.`);
}

function requireInteger(name: string, given: number | undefined, least: number): void {
  if (given === undefined || (Number.isSafeInteger(given) && given >= least && given <= MOST)) return;
  throw new IsobitError("BAD_OPTION", `${name}: ${given} is not a whole number from ${least} to ${MOST}.`);
}

const MOST = 2 ** 32 - 1;
