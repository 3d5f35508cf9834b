import type { SumCause } from "../evidence/sum-cause.ts";
import type { Candidate } from "./candidate.ts";

/**
 * The causes that distinguish two ways of computing a node. If only one source rounds its factors or uses wider sums,
 * the other differences rarely show: products of TF32 factors are exact, and the order of a sum in double precision
 * does not matter.
 */
export function differencesBetween(one: Candidate, two: Candidate): readonly SumCause[] {
  if (one.rounding !== two.rounding) {
    return one.rounding === "float16" || two.rounding === "float16" ? ["REDUCED_PRECISION"] : ["TF32"];
  }
  if (one.sums !== two.sums) {
    // A wide sum rarely shows whether its products were rounded; a narrow sum does.
    const isProductRoundedInWide = [one, two].some(({ sums, fused }) => sums === "float64" && !fused);
    const isNarrowFused = [one, two].some(({ sums, fused }) => sums === "float32" && fused);
    return isProductRoundedInWide && isNarrowFused
      ? ["WIDER_ACCUMULATION", "FUSED_MULTIPLY_ADD"]
      : ["WIDER_ACCUMULATION"];
  }
  const causes: SumCause[] = [];
  if (one.fused !== two.fused) causes.push("FUSED_MULTIPLY_ADD");
  if (one.plan !== two.plan) causes.push("SUMMATION_ORDER");
  return causes;
}
