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

const WORDS: Readonly<Record<SumCause, string>> = Object.freeze({
  FUSED_MULTIPLY_ADD: "fused multiply-add",
  SUMMATION_ORDER: "another summation order",
  TF32: "TF32 factors",
  REDUCED_PRECISION: "a narrower type",
  WIDER_ACCUMULATION: "wider accumulation",
});

/** The sentence for a cause that is not proved. */
export function undeterminedNote(causes: readonly SumCause[]): string {
  const words = causes.map((cause) => WORDS[cause]).join(", ");
  return causes.length === 1
    ? `The bits are consistent with ${words}, but these elements do not rule out other causes.`
    : `The bits are consistent with: ${words}. These elements do not tell the causes apart.`;
}
