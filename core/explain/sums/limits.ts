/** Products evaluated while hypotheses are screened on a sample: under half a second on one core. */
export const SCREENING_TERMS = 60_000_000;
/** Products of all elements that the accepted hypothesis is checked on, and that the bound is taken of: some seconds. */
export const VERIFYING_TERMS = 300_000_000;
/** Elements that every hypothesis is tried on first. Few, so that a wrong one costs little. */
export const FIRST_SAMPLE = 12;
/** Elements that the hypotheses left over are tried on. */
export const SECOND_SAMPLE = 192;
/** Hypotheses of each side that reach the second sample. */
export const FINALISTS = 32;
/** Hypotheses that are checked on all elements, where the best one does not reproduce all of them. */
export const VERIFIED_PAIRS = 3;
/** Shuffles of the control; the best rate of any of them counts. */
export const CONTROL_SHUFFLES = 3;
/** Share of elements below which no hypothesis is accepted, however little chance gives. */
export const LEAST_MATCH_RATE = 0.9;
/** In a node of fewer elements a match has to beat luck by its differing elements alone. */
export const FEW_ELEMENTS = 8;
/** Expected number of candidates that would do as well by chance; an accepted one has to beat it. */
export const MOST_LUCK = 0.01;
