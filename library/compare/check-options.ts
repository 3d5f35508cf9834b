import * as z from "zod";
import { BACKEND_IDS } from "#core/backends.ts";
import { OPTIMIZATION_LEVELS } from "#core/backends/runner-messages.ts";
import { IsobitError, messageOf } from "#core/errors.ts";
import { checkTolerance } from "#core/verdicts/drift.ts";
import type { CompareOptions } from "./options.ts";

/**
 * Refuses values that the types rule out, since a caller in JavaScript has no types.
 * @throws LibraryError BAD_OPTION with what to give instead
 */
export function checkOptions(options: CompareOptions): void {
  const { error } = SHAPE.safeParse(options);
  if (error !== undefined) throw new IsobitError("BAD_OPTION", issueText(error.issues[0]!));
  for (const each of [options.tolerance, ...Object.values(options.outputTolerances ?? {})]) requireTolerance(each);
  requireKnown("backends", options.backends, BACKEND_IDS);
  requireKnown("levels", options.levels, OPTIMIZATION_LEVELS);
  const { threads, batch, repeats, sessions, random, limit, seed } = options;
  for (const [name, counts] of Object.entries({ threads, batch }))
    for (const count of counts ?? []) requireInteger(name, count, 1);
  for (const [name, count] of Object.entries({ repeats, sessions, random, limit })) requireInteger(name, count, 1);
  requireInteger("seed", seed, 0);
}

const strings = z.array(z.string()).min(1).optional();
const flag = z.boolean().optional();
const object = z.record(z.string(), z.unknown()).optional();
const callback = z.custom<unknown>((given) => typeof given === "function", "it must be a function").optional();

/** Options by name. Counts and tolerances have checks of their own, which name the bounds. */
const SHAPE = z.strictObject({
  backends: strings,
  levels: strings,
  images: strings,
  inputs: strings,
  threads: z.array(z.unknown()).optional(),
  batch: z.array(z.unknown()).optional(),
  repeats: z.unknown().optional(),
  sessions: z.unknown().optional(),
  random: z.unknown().optional(),
  limit: z.unknown().optional(),
  seed: z.unknown().optional(),
  range: z
    .tuple([z.number(), z.number()])
    .refine(([lowest, highest]) => lowest <= highest, "the lowest bound is above the highest")
    .optional(),
  dims: z.record(z.string(), z.int().min(0)).optional(),
  tensors: object,
  whole: flag,
  product: flag,
  asIs: flag,
  keepBits: flag,
  reference: z.string().optional(),
  tolerance: z.unknown().optional(),
  outputTolerances: object,
  trace: z.enum(["auto", "all", "none"]).optional(),
  preprocess: z
    .strictObject({
      scale: z.number().optional(),
      mean: z.array(z.number()).optional(),
      std: z.array(z.number()).optional(),
      invert: flag,
    })
    .optional(),
  signal: z.custom<unknown>((given) => given instanceof AbortSignal, "it must be an AbortSignal").optional(),
  onProgress: callback,
  onEvent: callback,
} satisfies Record<keyof CompareOptions, z.ZodType>);

function issueText({ path, message }: z.core.$ZodIssue): string {
  return `${path.length === 0 ? "options" : path.join(".")}: ${message}.`;
}

function requireTolerance(tolerance: CompareOptions["tolerance"]): void {
  try {
    checkTolerance(tolerance);
  } catch (error) {
    throw new IsobitError("BAD_OPTION", messageOf(error), { cause: error });
  }
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
