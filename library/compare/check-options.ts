import * as z from "zod";
import { BACKEND_IDS } from "#core/backends.ts";
import { OPTIMIZATION_LEVELS } from "#core/backends/runner-messages.ts";
import {
  callback,
  flag,
  listOf,
  object,
  oneOf,
  runtimeVersion,
  preprocess,
  refuseBadOptions,
  requireTolerance,
  signal,
  text,
  texts,
  whole,
} from "../options/checks.ts";
import type { CompareOptions } from "./options.ts";

/** @throws LibraryError BAD_OPTION with what to give instead */
export function checkOptions(options: CompareOptions): void {
  refuseBadOptions(SHAPE, options);
  for (const each of [options.tolerance, ...Object.values(options.outputTolerances ?? {})]) requireTolerance(each);
}

const SHAPE = {
  backends: listOf(oneOf(BACKEND_IDS)),
  allowCpu: z.union([z.literal("all"), z.array(z.string()).min(1)]).optional(),
  versions: listOf(runtimeVersion),
  levels: listOf(oneOf(OPTIMIZATION_LEVELS)),
  images: texts,
  inputs: texts,
  expected: texts,
  threads: listOf(whole(1)),
  batch: listOf(whole(1)),
  repeats: whole(1).optional(),
  sessions: whole(1).optional(),
  random: whole(1).optional(),
  limit: whole(1).optional(),
  seed: whole(0).optional(),
  range: z
    .tuple([z.number(), z.number()])
    .refine(([lowest, highest]) => lowest <= highest, "the lowest bound is above the highest")
    .optional(),
  dims: z.record(z.string(), z.int().min(0)).optional(),
  tensors: object,
  whole: flag,
  product: flag,
  memory: flag,
  stable: flag,
  asIs: flag,
  keepBits: flag,
  reference: text,
  tolerance: z.unknown().optional(),
  outputTolerances: object,
  trace: z.enum(["auto", "all", "none"]).optional(),
  preprocess,
  signal,
  onProgress: callback,
  onEvent: callback,
} satisfies Record<keyof CompareOptions, z.ZodType>;
