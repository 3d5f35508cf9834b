import type { Candidate } from "./candidate.ts";

/** What can make two correct sums differ. */
export type SumCause = "FUSED_MULTIPLY_ADD" | "SUMMATION_ORDER" | "TF32" | "REDUCED_PRECISION" | "WIDER_ACCUMULATION";

/**
 * In what two ways of computing a node differ. Where factors are rounded on one side only, or sums are wider on one side
 * only, the rest hardly shows beside that: products of TF32 factors are exact, and a sum in double precision has no
 * order that matters.
 */
export function differencesBetween(one: Candidate, two: Candidate): readonly SumCause[] {
  if (one.rounding !== two.rounding) {
    return one.rounding === "float16" || two.rounding === "float16" ? ["REDUCED_PRECISION"] : ["TF32"];
  }
  if (one.sums !== two.sums) return ["WIDER_ACCUMULATION"];
  const causes: SumCause[] = [];
  if (one.fused !== two.fused) causes.push("FUSED_MULTIPLY_ADD");
  if (one.plan !== two.plan) causes.push("SUMMATION_ORDER");
  return causes;
}
