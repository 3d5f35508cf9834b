import type {
  Distribution,
  HistogramBin,
  OutputStatistics,
  Quantile,
  TopKAgreement,
  ValueSummary,
  WorstElement,
} from "#core/statistics/result.ts";
import { builder } from "./builder.ts";

const QuantileType = builder.objectRef<Quantile>("Quantile").implement({
  description: "Type 7 of Hyndman and Fan: linear between the two nearest ranks.",
  fields: (t) => ({ q: t.exposeFloat("q", { description: "0 to 1." }), value: t.exposeFloat("value") }),
});

const DistributionType = builder.objectRef<Distribution>("Distribution").implement({
  description: "Of one kind of difference, over the elements finite on both sides.",
  fields: (t) => ({
    max: t.exposeFloat("max"),
    mean: t.exposeFloat("mean"),
    std: t.exposeFloat("std", { description: "Standard deviation of the population." }),
    median: t.exposeFloat("median"),
    quantiles: t.field({ type: [QuantileType], resolve: ({ quantiles }) => [...quantiles] }),
  }),
});

const HistogramBinType = builder.objectRef<HistogramBin>("HistogramBin").implement({
  description: "How many elements lie from one number to another, both included.",
  fields: (t) => ({
    from: t.exposeFloat("from"),
    to: t.exposeFloat("to"),
    elements: t.exposeInt("elements"),
  }),
});

const TopKType = builder.objectRef<TopKAgreement>("TopKAgreement").implement({
  description: "Share of images whose k largest logits are the same ones, in order; ties to the lower index.",
  fields: (t) => ({ k: t.exposeInt("k"), agreement: t.exposeFloat("agreement", { description: "0 to 1." }) }),
});

const WorstElementType = builder.objectRef<WorstElement>("WorstElement").implement({
  description: "Where the absolute difference is largest.",
  fields: (t) => ({
    image: t.id({ resolve: ({ input }) => input }),
    element: t.exposeInt("element", { description: "Index of the logit." }),
    reference: t.exposeFloat("reference"),
    other: t.exposeFloat("other"),
  }),
});

const ValueSummaryType = builder.objectRef<ValueSummary>("ValueSummary").implement({
  description: "One side's own finite elements.",
  fields: (t) => ({
    min: t.exposeFloat("min"),
    max: t.exposeFloat("max"),
    mean: t.exposeFloat("mean"),
    std: t.exposeFloat("std"),
    meanMagnitude: t.exposeFloat("meanMagnitude"),
  }),
});

/** The statistics of a pair's logits over all images. */
export const Statistics = builder.objectRef<OutputStatistics>("Statistics").implement({
  description:
    "Over the logits of all images that both sources answered. Null: nothing to speak of, such as no element finite on both sides.",
  fields: (t) => ({
    elements: t.exposeInt("elements"),
    finiteElements: t.exposeInt("finiteElements", { description: "Of those, the ones finite on both sides." }),
    abs: t.expose("abs", { type: DistributionType, nullable: true, description: "|a - b|" }),
    rel: t.expose("rel", {
      type: DistributionType,
      nullable: true,
      description: "|a - b| / |reference|, without the zeroReferenceElements.",
    }),
    ulp: t.expose("ulp", { type: DistributionType, nullable: true, description: "In steps; 0 between -0 and +0." }),
    zeroReferenceElements: t.exposeInt("zeroReferenceElements", {
      description: "Finite elements that differ where the reference is 0: no share of it says how far.",
    }),
    worst: t.expose("worst", {
      type: WorstElementType,
      nullable: true,
      description: "Null where nothing finite differs.",
    }),
    referenceValues: t.expose("referenceValues", { type: ValueSummaryType, nullable: true }),
    otherValues: t.expose("otherValues", { type: ValueSummaryType, nullable: true }),
    cosineSimilarity: t.exposeFloat("cosineSimilarity", { nullable: true, description: "Null for a zero vector." }),
    psnr: t.exposeFloat("psnr", {
      nullable: true,
      description:
        "In dB, against the reference's range (its largest element minus its smallest); null where nothing differs.",
    }),
    snr: t.exposeFloat("snr", {
      nullable: true,
      description: "In dB, the reference's power against the difference's; null where nothing differs.",
    }),
    topK: t.field({ type: [TopKType], description: "k = 1, 3, 5 up to the labels.", resolve: ({ topK }) => [...topK] }),
    klDivergence: t.exposeFloat("klDivergence", {
      nullable: true,
      description: "Mean Kullback-Leibler divergence of the probabilities, reference || other, in nats.",
    }),
    ulpHistogram: t.field({
      type: [HistogramBinType],
      description: "ULP distances in powers of two: 0, 1, 2-3, 4-7, … up to the largest.",
      resolve: ({ ulpHistogram }) => [...ulpHistogram],
    }),
    quantileError: t.exposeFloat("quantileError", {
      description: "How far a median or quantile may be off, as a share of itself; 0: exact.",
    }),
  }),
});
