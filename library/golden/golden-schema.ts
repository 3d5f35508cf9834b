import * as z from "zod";
import { answerSchema } from "../report/answer.ts";
import { type Immutable, sha256 } from "../report/fields.ts";
import { modelSchema, sourceSchema } from "../report/run-report.ts";

/** golden.json, which comes back from a disk or another machine and is checked before it is used. */
export const goldenSchema = z.strictObject({
  version: z.literal(1).describe("Version of this format."),
  kind: z.literal("golden").describe("Tells a golden from a report."),
  isobit: z.string().describe("Version of isobit that saved it."),
  savedAt: z.iso.datetime().describe("Start of the saved run, ISO 8601 in UTC."),
  models: z.array(modelSchema).describe("The models that ran."),
  environment: z.array(sourceSchema).describe("Every source that ran or was asked to, in order."),
  reference: z.string().describe("The source that the others were compared with."),
  inputs: z
    .array(
      z.strictObject({
        input: z.string().describe("Name of the input."),
        inputSha256: sha256.describe("SHA-256 of the input tensors' bytes."),
        outputs: z.array(answerSchema).describe("One per source."),
      }),
    )
    .describe("One per input, in order."),
});

/** A saved run: what each source answered, bit by bit, and where. It is compared with on another day or machine. */
export type Golden = Immutable<z.infer<typeof goldenSchema>>;
