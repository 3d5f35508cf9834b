import * as z from "zod";
import { answerSchema } from "../report/answer.ts";
import { type Immutable, sha256 } from "../report/fields.ts";
import { modelSchema, sourceSchema } from "../report/run-report.ts";

/** A schema whose keys another program may leave out: those that may be null, and those in `more`, with their defaults. */
function forgiving<Shape extends z.core.$ZodLooseShape>(schema: z.ZodObject<Shape>, more: object = {}) {
  const fields = Object.entries(schema.shape as Record<string, z.ZodType>);
  const nullable = fields.filter(([, field]) => field.safeParse(null).success).map(([name]) => [name, null] as const);
  const absent = { ...Object.fromEntries(nullable), ...more };
  const fill = (given: unknown): unknown =>
    typeof given === "object" && given !== null ? { ...absent, ...given } : given;
  return z.preprocess(fill, schema);
}

const goldenModel = modelSchema.extend({
  executedSha256: sha256
    .nullable()
    .describe("SHA-256 of the bytes that ran; null where it is not known, and `sha256` decides which model it was."),
});

/** golden.json, which comes back from a disk or another machine and is checked before it is used (docs/goldens.md). */
export const goldenSchema = z.strictObject({
  version: z.literal(1).describe("Version of this format."),
  kind: z.literal("golden").describe("Tells a golden from a report."),
  isobit: z.string().describe("Version of isobit that saved it, or the name of another program."),
  savedAt: z.iso.datetime().describe("Start of the saved run, ISO 8601 in UTC."),
  models: z.array(forgiving(goldenModel)).describe("The models that ran."),
  environment: z
    .array(forgiving(sourceSchema, { model: 0, available: true, hardwareGpu: false }))
    .describe("Every source that ran or was asked to, in order."),
  reference: z.string().describe("The source that the others were compared with."),
  inputs: z
    .array(
      z.strictObject({
        input: z.string().describe("Name of the input."),
        inputSha256: sha256.describe("SHA-256 of the input tensors' bytes."),
        outputs: z.array(forgiving(answerSchema)).describe("One per source."),
      }),
    )
    .describe("One per input, in order."),
});

/** A saved run: what each source answered, bit by bit, and where. It is compared with on another day or machine. */
export type Golden = Immutable<z.infer<typeof goldenSchema>>;
