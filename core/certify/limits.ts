/** The theorem's limit: sums of absolute values stay below this many units. */
export const EXACT_UNITS = 2 ** 24;

/** A factor with at most this many units needs at most 11 significant bits, which is what TF32 keeps. */
export const TF32_UNITS = 2 ** 11;

/**
 * Units are at least 2^-30 and values below 2^30. The theorem would allow every normal number, but optimisers move
 * power-of-two scales between nodes (into a Conv's weights, into a MatMul's alpha, from both of its sides at once), and the
 * resulting products must be normal too. Two scales of at most 2^60 keep them between 2^-120 and 2^120.
 */
export const LOWEST_UNIT_EXPONENT = -30;
export const VALUE_CEILING_EXPONENT = 30;

/** What consecutive constant scales may multiply to, up or down: values in the zone above cannot be scaled further. */
export const SCALES_EXPONENT = VALUE_CEILING_EXPONENT - LOWEST_UNIT_EXPONENT;

/** A file can state sizes that no memory holds; ranges per channel must not be allocated for them. */
export const LARGEST_SIZE = 2 ** 24;

/** Before opset 7 Add and Mul broadcast by attribute; opsets after the last did not exist when the rules were written. */
export const FIRST_OPSET = 7;
export const LAST_OPSET = 25;
