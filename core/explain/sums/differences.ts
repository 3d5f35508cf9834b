import type { SumCause } from "../evidence/sum-cause.ts";
import type { Candidate } from "./candidate.ts";

/**
 * In what two ways of computing a node differ. Where factors are rounded on one source only, or sums are wider on one source
 * only, the rest hardly shows beside that: products of TF32 factors are exact, and a sum in double precision has no
 * order that matters.
 */
export function differencesBetween(one: Candidate, two: Candidate): readonly SumCause[] {
  if (one.rounding !== two.rounding) {
    return one.rounding === "float16" || two.rounding === "float16" ? ["REDUCED_PRECISION"] : ["TF32"];
  }
  if (one.sums !== two.sums) {
    // A wide sum seldom shows whether its products were rounded; that of a narrow sum's products shows.
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
