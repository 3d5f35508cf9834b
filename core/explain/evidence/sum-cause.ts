/** The causes that can make two correct sums differ. */
export type SumCause = "FUSED_MULTIPLY_ADD" | "SUMMATION_ORDER" | "TF32" | "REDUCED_PRECISION" | "WIDER_ACCUMULATION";

const WORDS: Readonly<Record<SumCause, string>> = Object.freeze({
  FUSED_MULTIPLY_ADD: "fused multiply-add",
  SUMMATION_ORDER: "another summation order",
  TF32: "TF32 factors",
  REDUCED_PRECISION: "a narrower type",
  WIDER_ACCUMULATION: "wider accumulation",
});

/** The note for a cause that is not proved. */
export function undeterminedNote(causes: readonly SumCause[]): string {
  const words = causes.map((cause) => WORDS[cause]).join(", ");
  return causes.length === 1
    ? `The bits are consistent with ${words}, but these elements do not rule out other causes.`
    : `The bits are consistent with: ${words}. These elements do not distinguish the causes.`;
}
