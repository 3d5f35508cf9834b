/** Products evaluated while all hypotheses are screened on a few elements: under half a second on one core. */
export const SCREENING_TERMS = 30_000_000;
/** Products evaluated while those left over are tried on more elements, and again while rivals are rated. */
export const TRYING_TERMS = 12_000_000;
/** Products of all elements that the accepted hypothesis is checked on, and that the bound is taken of: some seconds. */
export const VERIFYING_TERMS = 300_000_000;
/** Elements that every hypothesis is tried on first. Few, so that a wrong one costs little. */
export const FIRST_SAMPLE = 12;
/** Elements that the hypotheses left over are tried on. */
export const SECOND_SAMPLE = 1024;
/** Hypotheses of each source that reach the second sample. */
export const FINALISTS = 16;
/** And of each source of a control. */
export const CONTROL_FINALISTS = 4;
/** Of each kind of arithmetic (fused or not, rounding of factors, type of sums), hypotheses that reach it in any case. */
export const RIVALS = 8;
/** Orders that roundings of factors are tried with at first: the likeliest ones. */
export const LIKELY_PLANS = 12;
/** Hypotheses that are checked on all elements, where the best one does not reproduce all of them. */
export const VERIFIED_PAIRS = 3;
/** Shuffles of the control; the best rate of any of them counts. */
export const CONTROL_SHUFFLES = 3;
/** Share of elements below which no hypothesis is accepted, however little chance gives. */
export const LEAST_MATCH_RATE = 0.9;
/** Sums on which it is measured how often rivals agree by chance; with shuffled products where the sample is smaller. */
export const RATED_ELEMENTS = 96;
