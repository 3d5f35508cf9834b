/** Differences kept of each kind (8 bytes each); while there are no more, medians and quantiles are exact. */
export const KEPT_DIFFERENCES = 131_072;

/** The quantiles that every distribution lists, beside the median. */
export const QUANTILES: readonly number[] = Object.freeze([0.5, 0.9, 0.99, 0.999]);

/** The k of top-k agreement, as far as there are classes. */
export const TOP_K: readonly number[] = Object.freeze([1, 3, 5]);
