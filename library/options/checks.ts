import * as z from "zod";
import { IsobitError, messageOf } from "#core/errors.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { isRuntimeVersion } from "../runtimes/runtime-version.ts";
import { checkTolerance } from "#core/verdicts/drift.ts";

/* Checks options from JavaScript callers, which have no types. */

/**
 * Refuses values that the types rule out.
 * @param shape every option by name
 * @throws LibraryError BAD_OPTION naming the option
 */
export function refuseBadOptions(shape: z.ZodRawShape, options: unknown): void {
  const { error } = z.strictObject(shape).safeParse(options);
  if (error === undefined) return;
  const { path, message } = error.issues[0]!;
  const names = path.filter((part) => typeof part === "string");
  throw new IsobitError("BAD_OPTION", `${names.length === 0 ? "options" : names.join(".")}: ${message}.`);
}

export const text = z.string().optional();
export const texts = z.array(z.string()).min(1).optional();
export const flag = z.boolean().optional();
/** `process.env` is one, though its prototype is not Object's. */
export const object = z
  .custom<unknown>(
    (given) => typeof given === "object" && given !== null && !Array.isArray(given),
    "it must be an object",
  )
  .optional();
export const callback = z.custom<unknown>((given) => typeof given === "function", "it must be a function").optional();
export const signal = z
  .custom<unknown>((given) => given instanceof AbortSignal, "it must be an AbortSignal")
  .optional();

const MOST = 2 ** 32 - 1;

/** A whole number that is not below `least`. */
export function whole(least: number): z.ZodType {
  const isOne = (given: unknown): boolean =>
    Number.isSafeInteger(given) && Number(given) >= least && Number(given) <= MOST;
  return z.custom(isOne, { error: ({ input }) => `${String(input)} is not a whole number from ${least} to ${MOST}` });
}

/** Text that is one of the `known`. */
export function oneOf(known: readonly string[]): z.ZodType {
  const isOne = (given: unknown): boolean => typeof given === "string" && known.includes(given);
  return z.custom(isOne, { error: ({ input }) => `${JSON.stringify(input)} is not one of ${known.join(", ")}` });
}

/** A version of ONNX Runtime, e.g. "1.24.3", or "latest". */
export const runtimeVersion = z.custom((given) => typeof given === "string" && isRuntimeVersion(given), {
  error: ({ input }) => `${JSON.stringify(input)} is not a version, e.g. 1.24.3 or latest`,
});

/** A list that is not empty. */
export function listOf(item: z.ZodType): z.ZodType {
  return z.array(item).min(1).optional();
}

export const preprocess = z
  .strictObject({
    scale: z.number().optional(),
    mean: z.array(z.number()).optional(),
    std: z.array(z.number()).optional(),
    invert: flag,
  } satisfies Record<keyof Preprocess, z.ZodType>)
  .optional();

/** @throws LibraryError BAD_OPTION */
export function requireTolerance(tolerance: Parameters<typeof checkTolerance>[0]): void {
  try {
    checkTolerance(tolerance);
  } catch (error) {
    throw new IsobitError("BAD_OPTION", messageOf(error), { cause: error });
  }
}
