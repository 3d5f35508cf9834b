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
  description: "A quantile of type 7 of Hyndman and Fan: linear between the two nearest ranks.",
  fields: (t) => ({
    q: t.exposeFloat("q", { description: "Which quantile, 0 to 1." }),
    value: t.exposeFloat("value", { description: "Its value." }),
  }),
});

const DistributionType = builder.objectRef<Distribution>("Distribution").implement({
  description: "Statistics of one kind of difference, over elements that are finite on both sides.",
  fields: (t) => ({
    max: t.exposeFloat("max", { description: "Maximum." }),
    mean: t.exposeFloat("mean", { description: "Arithmetic mean." }),
    std: t.exposeFloat("std", { description: "Standard deviation of the population." }),
    median: t.exposeFloat("median", { description: "Median." }),
    quantiles: t.expose("quantiles", { type: [QuantileType], description: "Quantiles, in ascending order." }),
  }),
});

const HistogramBinType = builder.objectRef<HistogramBin>("HistogramBin").implement({
  description: "One bin of a histogram; both ends are included.",
  fields: (t) => ({
    from: t.exposeFloat("from", { description: "Lower end." }),
    to: t.exposeFloat("to", { description: "Upper end." }),
    elements: t.exposeInt("elements", { description: "Number of elements in the bin." }),
  }),
});

const TopKType = builder.objectRef<TopKAgreement>("TopKAgreement").implement({
  description: "Share of images whose k largest logits are the same ones in the same order; ties to the lower index.",
  fields: (t) => ({
    k: t.exposeInt("k", { description: "Number of logits." }),
    agreement: t.exposeFloat("agreement", { description: "The share, 0 to 1." }),
  }),
});

const WorstElementType = builder.objectRef<WorstElement>("WorstElement").implement({
  description: "The element with the largest absolute difference.",
  fields: (t) => ({
    image: t.exposeID("input", { description: "As `ParityRow.image`." }),
    element: t.exposeInt("element", { description: "Index of the logit." }),
    reference: t.exposeFloat("reference", { description: "The reference's value." }),
    other: t.exposeFloat("other", { description: "The other source's value." }),
  }),
});

const ValueSummaryType = builder.objectRef<ValueSummary>("ValueSummary").implement({
  description: "Statistics of one source's own finite elements.",
  fields: (t) => ({
    min: t.exposeFloat("min", { description: "Minimum." }),
    max: t.exposeFloat("max", { description: "Maximum." }),
    mean: t.exposeFloat("mean", { description: "Arithmetic mean." }),
    std: t.exposeFloat("std", { description: "Standard deviation of the population." }),
    meanMagnitude: t.exposeFloat("meanMagnitude", { description: "Mean of the absolute values." }),
  }),
});

/** The statistics of a pair's logits over all images. */
export const Statistics = builder.objectRef<OutputStatistics>("Statistics").implement({
  description:
    "Statistics of the logits of all images that both sources answered. Fields are null where they are not defined, e.g. if no element is finite on both sides.",
  fields: (t) => ({
    elements: t.exposeInt("elements", { description: "Number of elements compared." }),
    finiteElements: t.exposeInt("finiteElements", { description: "Number of those that are finite on both sides." }),
    abs: t.expose("abs", { type: DistributionType, nullable: true, description: "|a - b|" }),
    rel: t.expose("rel", {
      type: DistributionType,
      nullable: true,
      description: "|a - b| / |reference|, without the `zeroReferenceElements`.",
    }),
    ulp: t.expose("ulp", {
      type: DistributionType,
      nullable: true,
      description: "ULP distance; 0 between -0 and +0.",
    }),
    zeroReferenceElements: t.exposeInt("zeroReferenceElements", {
      description:
        "Number of finite elements that differ where the reference is 0: their relative difference is not defined.",
    }),
    worst: t.expose("worst", {
      type: WorstElementType,
      nullable: true,
      description: "The largest difference; null if nothing finite differs.",
    }),
    referenceValues: t.expose("referenceValues", {
      type: ValueSummaryType,
      nullable: true,
      description: "The reference's own values.",
    }),
    otherValues: t.expose("otherValues", {
      type: ValueSummaryType,
      nullable: true,
      description: "The other source's own values.",
    }),
    cosineSimilarity: t.exposeFloat("cosineSimilarity", {
      nullable: true,
      description: "Cosine of the angle between the sources' values as vectors; null for a zero vector.",
    }),
    psnr: t.exposeFloat("psnr", {
      nullable: true,
      description:
        "Peak signal-to-noise ratio in dB, with the reference's range (largest minus smallest element) as peak; null if nothing differs.",
    }),
    snr: t.exposeFloat("snr", {
      nullable: true,
      description: "Signal-to-noise ratio in dB: the reference's power over the difference's; null if nothing differs.",
    }),
    topK: t.expose("topK", { type: [TopKType], description: "For k = 1, 3 and 5, up to the number of labels." }),
    klDivergence: t.exposeFloat("klDivergence", {
      nullable: true,
      description: "Mean Kullback-Leibler divergence of the probabilities, reference || other, in nats.",
    }),
    ulpHistogram: t.expose("ulpHistogram", {
      type: [HistogramBinType],
      description: "ULP distances in powers of two: 0, 1, 2-3, 4-7, … up to the largest.",
    }),
    quantileError: t.exposeFloat("quantileError", {
      description: "Largest relative error of a median or quantile; 0: exact.",
    }),
  }),
});
