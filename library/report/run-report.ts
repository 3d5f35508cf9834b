import * as z from "zod";
import { answerSchema } from "./answer.ts";
import {
  base64,
  comparedFields,
  driftFields,
  type Immutable,
  pairOfSources,
  sha256,
  softmax,
  verdict,
} from "./fields.ts";
import { statisticsSchema } from "./statistics.ts";
import { traceSchema } from "./trace.ts";

export type { ReportedAnswer, ReportedPeerValues, ReportedTensor } from "./answer.ts";

/*
 * Everything that one run found: every report format and every golden is made from it. This is its only description:
 * the types are inferred from it, and docs/parity_report.schema.json is printed from it.
 */

const tolerance = z
  .strictObject({
    abs: z.number().nullish().describe("An element passes where |a-b| <= abs."),
    rel: z.number().nullish().describe("An element passes where |a-b| <= rel * |reference|."),
    ulp: z.number().nullish().describe("An element passes where its ULP distance <= ulp."),
  })
  .meta({ id: "tolerance", description: "Bounds of which any one suffices. Without bounds, bits must be equal." });

export const modelSchema = z
  .strictObject({
    id: z.string().describe("Id of a shipped model, or name of the file."),
    sha256: sha256.describe("SHA-256 of the file."),
    executedSha256: sha256.describe("SHA-256 of the bytes that ran."),
    labels: z.array(z.string()).nullable().describe("Class names; null for a model that is not a classifier."),
  })
  .meta({ id: "model", description: "A model that ran." });

export const sourceSchema = z
  .strictObject({
    source: z.string().describe("Name in this report, e.g. CPU, CPU level=all, or a peer's id."),
    model: z.int().min(0).describe("Index into models."),
    available: z.boolean().describe("The source ran, or could have."),
    reason: z.string().nullable().describe("Why the source is unavailable, and what to do."),
    backend: z.string().nullable().describe("Backend; null for a peer."),
    side: z.string().nullable().describe("EDGE or ORIGIN; null where the source ran in the command itself."),
    executionProvider: z.string().nullable().describe("ONNX Runtime's execution provider."),
    runtime: z.string().nullable().describe("Name of the runtime."),
    runtimeVersion: z.string().nullable().describe("Version of the runtime."),
    optimizationLevel: z.string().nullable().describe("Graph optimisation level."),
    threads: z.int().nullable().describe("Threads within an operator; null for the runtime's own choice."),
    batch: z.int().nullable().describe("Inputs per run; null for one."),
    device: z.string().nullable().describe("Processor, GPU or address; null where it is not known."),
    hardwareGpu: z.boolean().describe("The device is a GPU in hardware, not an emulated one."),
    placement: z
      .strictObject({
        nodes: z.int().describe("Nodes that ran, after optimisation."),
        onCpu: z
          .array(z.strictObject({ name: z.string().describe("Name."), op: z.string().describe("Operator.") }))
          .describe("Those of them that ran on the CPU."),
      })
      .nullable()
      .describe("Where a GPU's nodes ran, by the runtime's profile; null for a source that runs in one place."),
    cpuFeatures: z
      .array(z.string())
      .nullable()
      .describe(
        "The processor's features that decide how a runtime computes, e.g. avx2; null where they are not known.",
      ),
  })
  .meta({ id: "source", description: "One place where a model ran. A backend with two settings is two sources." });

const outputSchema = z.strictObject({
  output: z.string().describe("Name of the output in the model."),
  ...driftFields,
  statistics: statisticsSchema.nullable().describe("Over all inputs; null where no answer was compared."),
});

const pairSchema = z
  .strictObject({
    ...pairOfSources,
    ...driftFields,
    compared: z.int().describe("Inputs that both sources answered."),
    identical: z.int().describe("Of those, inputs whose outputs are equal in every bit."),
    labelMismatches: z
      .int()
      .nullable()
      .describe("Inputs with different labels; null for a model that is not a classifier."),
    worstInput: z.string().nullable().describe("The input that drifts furthest; null where no bit differs."),
    outputs: z.array(outputSchema).describe("One per output of the model, in order."),
    peer: z
      .strictObject({
        ...comparedFields,
        softmax: softmax.optional().describe("For probabilities: what the peer's own softmax explains."),
      })
      .optional()
      .describe("Where the other source is a peer: what was compared. The metrics are over that."),
  })
  .meta({ id: "pair", description: "The reference against one other source, over all inputs." });

const rowSchema = z
  .strictObject({
    input: z.string().describe('Name of the input, e.g. "7", "input:0" or a file name.'),
    inputSha256: sha256
      .nullable()
      .describe("SHA-256 of the input tensors' bytes, in the model's order; null where the input could not be read."),
    expected: z.int().nullable().describe("Known class index; null where the data set does not state it."),
    picture: base64.nullable().describe("The image as PNG; null for other inputs than the worst ones."),
    outputs: z.array(answerSchema).describe("One per source."),
    pairs: z
      .array(
        z.strictObject({
          ...pairOfSources,
          ...driftFields,
          labelsMatch: z
            .boolean()
            .nullable()
            .describe("Null for a model that is not a classifier, or where an answer is missing."),
          softmax: softmax.optional().describe("For a peer's probabilities: what its own softmax explains."),
        }),
      )
      .describe("One per pair of sources."),
  })
  .meta({ id: "row", description: "One input: every source's answer, and how far they differ." });

const settingsSchema = z.strictObject({
  tolerance: tolerance.nullable().describe("Null: bits must be equal."),
  outputTolerances: z.record(z.string(), tolerance).describe("By output name, where an output has its own tolerance."),
  options: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]))
    .describe("The other options of the run: levels, threads, batches, repeats, seed, golden and so on."),
});

const violationSchema = z.strictObject({
  code: z.literal("CERTIFICATE_VIOLATED").describe("Always CERTIFICATE_VIOLATED."),
  message: z.string().describe("What was proved, and what differs."),
  input: z.string().describe("Name of the input."),
  ...pairOfSources,
  differingElements: z.int().describe("Elements whose bits differ."),
  modelSha256: sha256.describe("SHA-256 of the model's bytes that ran."),
  inputSha256: sha256.describe("SHA-256 of the input tensors."),
  inputBits: base64.describe("Little-endian bytes of the input tensor."),
  referenceBits: base64.describe("Little-endian bytes of the reference's output."),
  otherBits: base64.describe("Little-endian bytes of the other source's output."),
});

export const runReportSchema = z.strictObject({
  version: z.literal(1).describe("Version of this format. Within version 1, keys keep their names and meanings."),
  kind: z.enum(["parity", "compare", "sweep"]).describe("The command that made the report."),
  isobit: z.string().describe("Version of isobit."),
  startedAt: z.iso.datetime().describe("Start of the run, ISO 8601 in UTC."),
  elapsedMs: z.number().describe("Duration of the run in milliseconds."),
  verdict: verdict.describe("The verdict over all pairs."),
  outcome: z
    .enum([...verdict.options, "WRONG_RESULT", "CERTIFICATE_VIOLATED"])
    .describe("CERTIFICATE_VIOLATED or WRONG_RESULT, which no tolerance hides; otherwise the verdict."),
  models: z.array(modelSchema).describe("One model, or two that are compared."),
  settings: settingsSchema.describe("What the run was asked to do."),
  environment: z.array(sourceSchema).describe("Every source that ran or was asked to, in order."),
  reference: z.string().describe("The source that the others are compared with."),
  total: z.int().describe("Number of inputs that were asked for."),
  pairs: z.array(pairSchema).describe("The reference against each other source."),
  rows: z.array(rowSchema).describe("One per input; a sweep keeps its worst inputs and those that failed."),
  certificateViolations: z
    .array(violationSchema)
    .describe("Bits that differ although a certificate proves them equal."),
  traces: z.array(traceSchema).describe("Where drift begins, for the pairs that were traced."),
});

export type RunReport = Immutable<z.infer<typeof runReportSchema>>;
export type ReportedModel = RunReport["models"][number];
export type ReportedSettings = RunReport["settings"];
export type ReportedSource = RunReport["environment"][number];
export type ReportedPair = RunReport["pairs"][number];
export type ReportedOutputDrift = ReportedPair["outputs"][number];
export type ReportedDrift = Pick<ReportedPair, keyof typeof driftFields>;
export type ReportedRow = RunReport["rows"][number];
export type ReportedViolation = RunReport["certificateViolations"][number];
export type ReportedTrace = RunReport["traces"][number];
