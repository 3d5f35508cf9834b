/** Products evaluated to screen all hypotheses on a few elements: under half a second on one core. */
export const SCREENING_TERMS = 30_000_000;
/** Products evaluated to try the remaining hypotheses on more elements, and again to rate rivals. */
export const TRYING_TERMS = 12_000_000;
/** Products evaluated to check the accepted hypothesis and to compute the bound: a few seconds. */
export const VERIFYING_TERMS = 300_000_000;
/** Elements on which every hypothesis is tried first; few, to keep wrong ones cheap. */
export const FIRST_SAMPLE = 12;
/** Elements on which the remaining hypotheses are tried. */
export const SECOND_SAMPLE = 1024;
/** Hypotheses per source that reach the second sample. */
export const FINALISTS = 16;
/** Hypotheses per source of a control that reach it. */
export const CONTROL_FINALISTS = 4;
/** Hypotheses per kind of arithmetic (fused or not, factor rounding, sum type) that always reach it. */
export const RIVALS = 8;
/** Number of likely orders with which factor roundings are tried first. */
export const LIKELY_PLANS = 12;
/** Hypotheses checked on all elements if the best one does not reproduce all of them. */
export const VERIFIED_PAIRS = 3;
/** Shuffles of the control; the best rate of any of them counts. */
export const CONTROL_SHUFFLES = 3;
/** Lowest share of reproduced elements for which a hypothesis is accepted, however low the chance rate is. */
export const LEAST_MATCH_RATE = 0.9;
/** Sums for measuring how often rivals agree by chance; with shuffled products if the sample is smaller. */
export const RATED_ELEMENTS = 96;
