import * as z from "zod";

/* Fields that several parts of a report share. */

/** A report is read, never changed: what zod infers, with every key and list readonly. */
export type Immutable<Value> = Value extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Immutable<Value[Key]> }
    : Value;

export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ id: "sha256", description: "A SHA-256 in lower-case hexadecimal." });

export const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/]*={0,2}$/)
  .meta({ id: "base64", description: "Bytes in base64." });

export const verdict = z.enum(["IDENTICAL", "WITHIN_TOLERANCE", "DRIFT", "INCOMPLETE"]).meta({
  id: "verdict",
  description:
    "IDENTICAL: every bit is equal. WITHIN_TOLERANCE: every difference is within the tolerance. DRIFT: a difference exceeds it. INCOMPLETE: an answer is missing. Over pairs and inputs the later one in this list wins.",
});

export const pairOfSources = {
  reference: z.string().describe("The source that the other one is compared with."),
  other: z.string().describe("The source that is compared with the reference."),
};

/** Metrics are over elements that are finite on both sides. */
export const driftFields = {
  verdict,
  differingElements: z
    .int()
    .describe("Elements whose bits differ; -0 differs from +0, and one NaN payload from another."),
  nonFiniteElements: z.int().describe("Elements that are NaN or infinite in at least one of the two outputs."),
  maxAbs: z.number().nullable().describe("Largest |a-b|; null where no element is finite in both outputs."),
  meanAbs: z.number().nullable().describe("Mean |a-b|; null where no element is finite in both outputs."),
  l2: z
    .number()
    .nullable()
    .describe("Square root of the sum of (a-b)^2; null where no element is finite in both outputs."),
  maxUlp: z
    .number()
    .nullable()
    .describe("Largest ULP distance, in steps of the output's type; null where none was measured."),
};

export const softmax = z
  .strictObject({
    bound: z.number().describe("The largest change of a probability that a softmax in float32 can cause."),
    explained: z.int().describe("Differing elements that lie within their own bound."),
  })
  .meta({
    id: "softmax",
    description: "How much of a difference between probabilities the peer's own softmax explains.",
  });

export const comparedFields = {
  quantity: z.enum(["LOGITS", "PROBABILITIES"]).describe("What was compared."),
  precision: z
    .enum(["BITS", "DECIMAL"])
    .describe("BITS: the peer gave float32 bits. DECIMAL: it gave decimal text, so bits were not compared."),
};
