import * as z from "zod";
import type { RunReport } from "../run-report.ts";
import { statisticsSchema } from "./statistics.ts";
import { traceSchema } from "./trace.ts";

/*
 * The report as data that can be checked: parity_report.json's JSON Schema is printed from it, and a golden that is read
 * back is checked against it. The compiler holds it to run-report.ts, whose comments say what each field means.
 */

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ id: "sha256" });
const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/]*={0,2}$/)
  .meta({ id: "base64" });
const verdict = z.enum(["IDENTICAL", "WITHIN_TOLERANCE", "DRIFT", "INCOMPLETE"]).meta({ id: "verdict" });

const tolerance = z
  .strictObject({
    abs: z.number().nullish(),
    rel: z.number().nullish(),
    ulp: z.number().nullish(),
  })
  .meta({ id: "tolerance" });

export const modelSchema = z
  .strictObject({
    id: z.string(),
    sha256,
    executedSha256: sha256,
    labels: z.array(z.string()).nullable(),
  })
  .meta({ id: "model" });

export const sourceSchema = z
  .strictObject({
    source: z.string(),
    model: z.int().min(0),
    available: z.boolean(),
    reason: z.string().nullable(),
    backend: z.string().nullable(),
    side: z.string().nullable(),
    executionProvider: z.string().nullable(),
    runtime: z.string().nullable(),
    runtimeVersion: z.string().nullable(),
    optimizationLevel: z.string().nullable(),
    threads: z.int().nullable(),
    batch: z.int().nullable(),
    device: z.string().nullable(),
    hardwareGpu: z.boolean(),
  })
  .meta({ id: "source" });

const pairOfSources = { reference: z.string(), other: z.string() };

const drift = {
  verdict,
  differingElements: z.int(),
  nonFiniteElements: z.int(),
  maxAbs: z.number().nullable(),
  meanAbs: z.number().nullable(),
  l2: z.number().nullable(),
  maxUlp: z.number().nullable(),
};

const softmax = z.strictObject({ bound: z.number(), explained: z.int() }).meta({ id: "softmax" });

const compared = { quantity: z.enum(["LOGITS", "PROBABILITIES"]), precision: z.enum(["BITS", "DECIMAL"]) };

const pair = z
  .strictObject({
    ...pairOfSources,
    ...drift,
    compared: z.int(),
    identical: z.int(),
    labelMismatches: z.int().nullable(),
    worstInput: z.string().nullable(),
    outputs: z.array(z.strictObject({ output: z.string(), ...drift, statistics: statisticsSchema.nullable() })),
    peer: z.strictObject({ ...compared, softmax: softmax.optional() }).optional(),
  })
  .meta({ id: "pair" });

const peerValues = z
  .strictObject({
    ...compared,
    values: z.array(z.number().nullable()),
    decimals: z.array(z.string()).nullable(),
    roundTripMs: z.number(),
    note: z.string().nullable(),
  })
  .meta({ id: "peerValues" });

export const answerSchema = z
  .strictObject({
    source: z.string(),
    error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    prediction: z
      .strictObject({
        label: z.string(),
        classIndex: z.int(),
        probabilities: z.array(z.number().nullable()),
      })
      .nullable(),
    latencyMs: z.number().nullable(),
    tensors: z.array(
      z.strictObject({
        name: z.string(),
        type: z.string(),
        dims: z.array(z.int()),
        sha256,
        bits: base64.nullable(),
      }),
    ),
    peer: peerValues.optional(),
    conflicting: z.array(peerValues).optional(),
  })
  .meta({ id: "answer" });

const row = z
  .strictObject({
    input: z.string(),
    inputSha256: sha256.nullable(),
    expected: z.int().nullable(),
    picture: base64.nullable(),
    outputs: z.array(answerSchema),
    pairs: z.array(
      z.strictObject({
        ...pairOfSources,
        ...drift,
        labelsMatch: z.boolean().nullable(),
        softmax: softmax.optional(),
      }),
    ),
  })
  .meta({ id: "row" });

export const runReportSchema = z.strictObject({
  version: z.literal(1),
  kind: z.enum(["parity", "compare", "sweep"]),
  isobit: z.string(),
  startedAt: z.iso.datetime(),
  elapsedMs: z.number(),
  verdict,
  outcome: z.enum([...verdict.options, "WRONG_RESULT", "CERTIFICATE_VIOLATED"]),
  models: z.array(modelSchema),
  settings: z.strictObject({
    tolerance: tolerance.nullable(),
    outputTolerances: z.record(z.string(), tolerance),
    options: z.record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]),
    ),
  }),
  environment: z.array(sourceSchema),
  reference: z.string(),
  total: z.int(),
  pairs: z.array(pair),
  rows: z.array(row),
  certificateViolations: z.array(
    z.strictObject({
      code: z.literal("CERTIFICATE_VIOLATED"),
      message: z.string(),
      input: z.string(),
      ...pairOfSources,
      differingElements: z.int(),
      modelSha256: sha256,
      inputSha256: sha256,
      inputBits: base64,
      referenceBits: base64,
      otherBits: base64,
    }),
  ),
  traces: z.array(traceSchema),
}) satisfies z.ZodType<Plain<RunReport>>;

/** Readable and writable alike, as zod has it. */
export type Plain<Value> = Value extends readonly (infer Item)[]
  ? Plain<Item>[]
  : Value extends object
    ? { -readonly [Key in keyof Value]: Plain<Value[Key]> }
    : Value;
