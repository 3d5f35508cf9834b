import * as z from "zod";
import type { Golden } from "#cli/report/golden.ts";
import { answerSchema, modelSchema, sourceSchema, type Plain } from "./run-report.ts";

/** golden.json, which comes back from a disk or another machine and is checked before it is used. */
export const goldenSchema = z.strictObject({
  version: z.literal(1),
  kind: z.literal("golden"),
  isobit: z.string(),
  savedAt: z.iso.datetime(),
  models: z.array(modelSchema),
  environment: z.array(sourceSchema),
  reference: z.string(),
  inputs: z.array(
    z.strictObject({
      input: z.string(),
      inputSha256: z.string().regex(/^[0-9a-f]{64}$/),
      outputs: z.array(answerSchema),
    }),
  ),
}) satisfies z.ZodType<Plain<Golden>>;
