/** Differences kept of each kind (8 bytes each). Up to this number, medians and quantiles are exact. */
export const KEPT_DIFFERENCES = 131_072;

/** The quantiles of every distribution, in addition to the median. */
export const QUANTILES: readonly number[] = Object.freeze([0.5, 0.9, 0.99, 0.999]);

/** The k of top-k agreement, up to the number of classes. */
export const TOP_K: readonly number[] = Object.freeze([1, 3, 5]);
