import * as z from "zod";

const distribution = z
  .strictObject({
    max: z.number(),
    mean: z.number(),
    std: z.number(),
    median: z.number(),
    quantiles: z.array(z.strictObject({ q: z.number(), value: z.number() })),
  })
  .meta({ id: "distribution" });

const valueSummary = z
  .strictObject({
    min: z.number(),
    max: z.number(),
    mean: z.number(),
    std: z.number(),
    meanMagnitude: z.number(),
  })
  .meta({ id: "values" });

/** core/statistics/result.ts says what each figure means. */
export const statisticsSchema = z
  .strictObject({
    elements: z.int(),
    finiteElements: z.int(),
    abs: distribution.nullable(),
    rel: distribution.nullable(),
    ulp: distribution.nullable(),
    zeroReferenceElements: z.int(),
    worst: z.strictObject({ input: z.string(), element: z.int(), reference: z.number(), other: z.number() }).nullable(),
    referenceValues: valueSummary.nullable(),
    otherValues: valueSummary.nullable(),
    cosineSimilarity: z.number().min(-1).max(1).nullable(),
    psnr: z.number().nullable(),
    snr: z.number().nullable(),
    topK: z.array(z.strictObject({ k: z.int(), agreement: z.number().min(0).max(1) })),
    klDivergence: z.number().nullable(),
    ulpHistogram: z.array(z.strictObject({ from: z.number(), to: z.number(), elements: z.int() })),
    quantileError: z.number(),
  })
  .meta({ id: "statistics" });
