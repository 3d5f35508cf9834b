export { EXACT_UNITS, TF32_UNITS } from "#core/certify/limits.ts";

/** Bits that activations may have. TF32 would round more than 11; fewer than 8 gain nothing, since weights cannot use the rest. */
export const ACTIVATION_BITS = Object.freeze([8, 9, 10, 11] as const);
export type ActivationBits = (typeof ACTIVATION_BITS)[number];

export const MOST_ACTIVATION_BITS: ActivationBits = 11;
export const FIRST_ACTIVATION_BITS: ActivationBits = 10;
