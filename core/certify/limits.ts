/**
 * The theorem's limit: sums of absolute values stay strictly below this many units.
 * A parameter of `certify` only so that the soundness suite can show that a laxer one is found out.
 */
export const EXACT_UNITS = 2 ** 24;

/** A factor with at most this many units needs at most 11 significant bits, which is what TF32 keeps. */
export const TF32_UNITS = 2 ** 11;

/**
 * Units lie at or above 2^-30 and values below 2^30. The theorem itself would allow everything between the smallest
 * normal number, 2^-126, and infinity; but optimisers move power-of-two scales between nodes (into a Conv's weights, into
 * a MatMul's alpha, from both of its sides at once), and the products that then arise must be normal numbers as well.
 * Two scales of at most 2^60 meet, as values on both sides are within 2^-30 and 2^30: nothing leaves 2^-120 to 2^120.
 */
export const LOWEST_UNIT_EXPONENT = -30;
export const VALUE_CEILING_EXPONENT = 30;

/** What constant scales in a row may multiply to, up or down: values that stay in the zone above cannot be scaled further. */
export const SCALES_EXPONENT = VALUE_CEILING_EXPONENT - LOWEST_UNIT_EXPONENT;

/** A file can name sizes that no memory holds. Ranges per channel of such a tensor must not be laid out either. */
export const LARGEST_SIZE = 2 ** 24;

/** Before opset 7 Add and Mul broadcast by attribute; newer sets than the last were not there when the rules were written. */
export const FIRST_OPSET = 7;
export const LAST_OPSET = 25;
