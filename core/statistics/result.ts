/**
 * Statistics of the differences between one output of two sources, over all inputs that both answered. Distributions
 * are over elements that are finite on both sides. Null: not defined (no such element, a zero vector, not a
 * classifier). The formulas and their sources are in the code of this folder.
 */
export interface OutputStatistics {
  /** Elements compared, equal or not. */
  readonly elements: number;
  /** Those that are finite on both sides. */
  readonly finiteElements: number;
  /** |a - b| */
  readonly abs: Distribution | null;
  /** |a - b| / |reference|, without `zeroReferenceElements`. */
  readonly rel: Distribution | null;
  /** Steps between neighbouring values of the element type; |a - b| for integers. 0 between -0 and +0. */
  readonly ulp: Distribution | null;
  /** Finite elements that differ while the reference is 0, which have no relative difference. */
  readonly zeroReferenceElements: number;
  /** Where |a - b| is largest; null if no finite element differs. */
  readonly worst: WorstElement | null;
  /** Summary of each side's finite elements. */
  readonly referenceValues: ValueSummary | null;
  readonly otherValues: ValueSummary | null;
  /** Of both sides as vectors, -1 to 1. */
  readonly cosineSimilarity: number | null;
  /** In dB, relative to the reference's range (largest minus smallest element); null if nothing differs. */
  readonly psnr: number | null;
  /** In dB: the reference's power relative to the difference's; null if nothing differs. */
  readonly snr: number | null;
  /** Share of inputs with the same k largest elements, in order. Empty if the output is not a vector of classes. */
  readonly topK: readonly TopKAgreement[];
  /** Mean Kullback-Leibler divergence of the probabilities, reference || other, in nats. */
  readonly klDivergence: number | null;
  /** ULP distances in powers of two: elements with 0, 1, 2-3, 4-7, … up to the largest. */
  readonly ulpHistogram: readonly HistogramBin[];
  /** The relative error of medians and quantiles; 0 while all differences are kept. */
  readonly quantileError: number;
}

export interface Distribution {
  readonly max: number;
  readonly mean: number;
  /** Population standard deviation. */
  readonly std: number;
  readonly median: number;
  readonly quantiles: readonly Quantile[];
}

export interface Quantile {
  /** 0 to 1. */
  readonly q: number;
  readonly value: number;
}

export interface WorstElement {
  readonly input: string;
  /** Index in the flat output. */
  readonly element: number;
  readonly reference: number;
  readonly other: number;
}

export interface ValueSummary {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  readonly meanMagnitude: number;
}

export interface TopKAgreement {
  readonly k: number;
  /** 0 to 1. */
  readonly agreement: number;
}

export interface HistogramBin {
  /** Both included. */
  readonly from: number;
  readonly to: number;
  readonly elements: number;
}
