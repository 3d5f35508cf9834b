import type { Cause } from "./explanation.ts";

/**
 * Causes by how much a reader must act on them, the gravest first. An explanation is headed by the gravest cause of any
 * element, because one faulty element among a thousand benign ones is what the reader has to see.
 *
 * 1. WRONG_RESULT is a fault. UNEXPLAINED may be one: nothing is known that gives these bits.
 * 2. Values are lost: a NaN, which is an alarm, became a number; a sum was clamped; its type or its factors have fewer
 *    bits than the graph says.
 * 3. SPECIAL_VALUE: infinities, subnormals, the bits of a NaN or the sign of a zero are treated differently.
 * 4. Rounding within the accuracy of float32. UNDETERMINED comes first, because its cause is open. An approximation may
 *    be a few ULP off, which moves a result further than a wider accumulator or another order of additions does, and
 *    those move it further than a rounding left out by fused multiply-add.
 */
const GRAVITY: Readonly<Record<Cause, number>> = {
  WRONG_RESULT: 13,
  UNEXPLAINED: 12,
  NAN_PROPAGATION: 11,
  INT8_SATURATION: 10,
  REDUCED_PRECISION: 9,
  TF32: 8,
  SPECIAL_VALUE: 7,
  UNDETERMINED: 6,
  APPROXIMATED_FUNCTION: 5,
  WIDER_ACCUMULATION: 4,
  SUMMATION_ORDER: 3,
  FUSED_MULTIPLY_ADD: 2,
  INHERITED: 1,
  NONE: 0,
};

/** @returns NONE where there is no cause */
export function gravestOf(causes: readonly Cause[]): Cause {
  return causes.reduce<Cause>((gravest, cause) => (GRAVITY[cause] > GRAVITY[gravest] ? cause : gravest), "NONE");
}
