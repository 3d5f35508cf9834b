import * as z from "zod";
import { base64, comparedFields, type Immutable, sha256 } from "./fields.ts";

const tensorSchema = z
  .strictObject({
    name: z.string().describe("Name of the output in the model."),
    type: z.string().describe("Element type, e.g. float32."),
    dims: z.array(z.int()).describe("Shape."),
    sha256: sha256.describe("SHA-256 of the little-endian bytes."),
    bits: base64
      .nullable()
      .describe("Base64 of the little-endian bytes; null where they were left out because of their size."),
  })
  .describe("One output tensor.");

const peerValuesSchema = z
  .strictObject({
    ...comparedFields,
    values: z.array(z.number().nullable()).describe("The numbers; null where one is not finite."),
    decimals: z.array(z.string()).nullable().describe("The numerals as the peer wrote them; null where it gave bits."),
    roundTripMs: z.number().describe("Time from the request to the response, in milliseconds."),
    note: z.string().nullable().describe("A reason to doubt the comparison; null where there is none."),
  })
  .meta({ id: "peerValues", description: "What a peer answered, as it gave it." });

export const answerSchema = z
  .strictObject({
    source: z.string().describe("Name of the source."),
    error: z
      .strictObject({
        code: z.string().describe("Error code, e.g. BACKEND_FAILED."),
        message: z.string().describe("What is wrong, where, and what to do."),
      })
      .nullable()
      .describe("Why there is no answer; null where there is one."),
    prediction: z
      .strictObject({
        label: z.string().describe("Name of the class."),
        classIndex: z.int().describe("Index of the largest logit."),
        probabilities: z.array(z.number().nullable()).describe("One per class; null where one is not finite."),
      })
      .nullable()
      .describe("Null for an error, or a model that is not a classifier."),
    latencyMs: z.number().nullable().describe("Time of the inference, in milliseconds; null where it is not known."),
    tensors: z
      .array(tensorSchema)
      .describe("One per output of the model; empty for an error, and for a peer that gave no float32 logits."),
    peer: peerValuesSchema.optional().describe("What a peer answered; absent for a backend."),
    conflicting: z
      .array(peerValuesSchema)
      .optional()
      .describe("Both answers of a peer that gave two different ones to the same request."),
  })
  .meta({ id: "answer", description: "One source's answer for one input." });

export type ReportedAnswer = Immutable<z.infer<typeof answerSchema>>;
export type ReportedPeerValues = Immutable<z.infer<typeof peerValuesSchema>>;
export type ReportedTensor = Immutable<z.infer<typeof tensorSchema>>;
