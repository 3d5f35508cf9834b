import type { OutputStatistics } from "#core/statistics/result.ts";
import * as z from "zod";

const distribution = z
  .strictObject({
    max: z.number().describe("Largest value."),
    mean: z.number().describe("Arithmetic mean."),
    std: z.number().describe("Standard deviation of the population: divided by the count."),
    median: z.number().describe("Median."),
    quantiles: z
      .array(
        z.strictObject({
          q: z.number().describe("Share of the elements at or below the value, 0 to 1."),
          value: z.number().describe("The quantile."),
        }),
      )
      .describe("Selected quantiles, in ascending order."),
  })
  .meta({
    id: "distribution",
    description: "Statistics of one kind of difference, over elements that are finite on both sides.",
  });

const valueSummary = z
  .strictObject({
    min: z.number().describe("Smallest element."),
    max: z.number().describe("Largest element."),
    mean: z.number().describe("Arithmetic mean."),
    std: z.number().describe("Standard deviation of the population."),
    meanMagnitude: z.number().describe("Mean of the absolute values."),
  })
  .meta({ id: "values", description: "Statistics of one source's own finite elements." });

/** The compiler rejects a field of core that is not described here. */
export const statisticsSchema = z
  .strictObject({
    elements: z.int().describe("Elements that were compared."),
    finiteElements: z.int().describe("Elements that are finite on both sides."),
    abs: distribution.nullable().describe("|a-b|."),
    rel: distribution.nullable().describe("|a-b| / |reference|, without the elements whose reference is 0."),
    ulp: distribution
      .nullable()
      .describe("Steps between neighbouring values of the element type; |a-b| for integers. 0 between -0 and +0."),
    zeroReferenceElements: z.int().describe("Finite elements that differ where the reference is 0."),
    worst: z
      .strictObject({
        input: z.string().describe("Name of the input."),
        element: z.int().describe("Index in the flat output."),
        reference: z.number().describe("The reference's value."),
        other: z.number().describe("The other source's value."),
      })
      .nullable()
      .describe("The element with the largest |a-b|; null where no finite element differs."),
    referenceValues: valueSummary.nullable().describe("Of the reference's elements; null where none is finite."),
    otherValues: valueSummary.nullable().describe("Of the other source's elements; null where none is finite."),
    cosineSimilarity: z
      .number()
      .min(-1)
      .max(1)
      .nullable()
      .describe("Cosine of the angle between both outputs as vectors; null for a zero vector."),
    psnr: z
      .number()
      .nullable()
      .describe("Peak signal-to-noise ratio in dB, against the reference's range; null where no value differs."),
    snr: z
      .number()
      .nullable()
      .describe(
        "Signal-to-noise ratio in dB: the reference's power against the difference's; null where no value differs.",
      ),
    topK: z
      .array(
        z.strictObject({
          k: z.int().describe("How many of the largest elements are compared."),
          agreement: z.number().min(0).max(1).describe("Share of inputs whose k largest are the same, in order."),
        }),
      )
      .describe("Agreement of the k largest elements; empty where the output is not a vector of classes."),
    klDivergence: z
      .number()
      .nullable()
      .describe("Mean Kullback-Leibler divergence of the probabilities, reference || other, in nats."),
    ulpHistogram: z
      .array(
        z.strictObject({
          from: z.number().describe("Smallest distance of the bin, included."),
          to: z.number().describe("Largest distance of the bin, included."),
          elements: z.int().describe("Elements in the bin."),
        }),
      )
      .describe("ULP distances in powers of two: 0, 1, 2-3, 4-7, and so on."),
    quantileError: z
      .number()
      .describe("Largest relative error of a median or quantile; 0 where all differences were kept."),
  })
  .meta({
    id: "statistics",
    description: "Statistics of one output over all inputs that both sources answered. Null: not defined here.",
  }) satisfies z.ZodType<OutputStatistics>;
