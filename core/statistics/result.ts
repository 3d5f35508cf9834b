/**
 * What lies between one output of two sources over all inputs that both answered. Every distribution is over the
 * elements that are finite on both sides. Null: nothing to speak of (no such element, a zero vector, no classifier).
 * The formulas and their sources stand beside the code that computes them, in this folder.
 */
export interface OutputStatistics {
  /** Compared, whether they differ or not. */
  readonly elements: number;
  /** Of those, the ones finite on both sides. */
  readonly finiteElements: number;
  /** |a - b| */
  readonly abs: Distribution | null;
  /** |a - b| / |reference|, without the `zeroReferenceElements`. */
  readonly rel: Distribution | null;
  /** Steps between neighbouring values of the element type; for integers |a - b|. 0 between -0 and +0. */
  readonly ulp: Distribution | null;
  /** Finite elements that differ where the reference is 0: no share of it says how far. */
  readonly zeroReferenceElements: number;
  /** Where |a - b| is largest; null where nothing finite differs. */
  readonly worst: WorstElement | null;
  /** What each side's own finite elements look like. */
  readonly referenceValues: ValueSummary | null;
  readonly otherValues: ValueSummary | null;
  /** Of the two sides as long vectors, -1 to 1. */
  readonly cosineSimilarity: number | null;
  /** In dB, against the reference's range (its largest element minus its smallest); null where nothing differs. */
  readonly psnr: number | null;
  /** In dB: the reference's power against the difference's; null where nothing differs. */
  readonly snr: number | null;
  /** Share of inputs whose k largest elements are the same, in order. Empty where the output is no vector of classes. */
  readonly topK: readonly TopKAgreement[];
  /** Mean Kullback-Leibler divergence of the probabilities, reference || other, in nats. */
  readonly klDivergence: number | null;
  /** ULP distances in powers of two: elements with 0, 1, 2-3, 4-7, … up to the largest. */
  readonly ulpHistogram: readonly HistogramBin[];
  /** How far a median or quantile may be off, as a share of itself; 0 where all differences were kept. */
  readonly quantileError: number;
}

export interface Distribution {
  readonly max: number;
  readonly mean: number;
  /** Of the population: divided by the count. */
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
