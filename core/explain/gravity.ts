import type { Cause } from "./explanation.ts";

/**
 * Causes by severity, the most severe first. An explanation is headed by the most severe cause of any element, because
 * one faulty element among a thousand harmless ones is what the reader must see.
 *
 * 1. WRONG_RESULT is a fault. UNEXPLAINED may be one.
 *    BATCH_DEPENDENCE moves a value as far as another input may.
 * 2. Values are lost: a NaN became a number, a sum was clamped, or a type or its factors have fewer bits than the graph
 *    states.
 * 3. SPECIAL_VALUE: infinities, subnormals, the bits of a NaN or the sign of a zero are treated differently.
 * 4. Rounding within the accuracy of float32. UNDETERMINED comes first, because its cause is open. The others are
 *    ordered by how far they can move a result: approximation, wider accumulation, summation order, fused multiply-add.
 */
const GRAVITY: Readonly<Record<Cause, number>> = {
  WRONG_RESULT: 14,
  UNEXPLAINED: 13,
  BATCH_DEPENDENCE: 12,
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

/** @returns NONE if there are no causes */
export function gravestOf(causes: readonly Cause[]): Cause {
  return causes.reduce<Cause>((leading, cause) => (GRAVITY[cause] > GRAVITY[leading] ? cause : leading), "NONE");
}
