import type { ExplainedSide } from "../question.ts";

/** The two sides of a question, in the order in which they are told. */
export const SIDES = ["reference", "other"] as const;
export type SideName = (typeof SIDES)[number];
export type BySide<T> = Readonly<Record<SideName, T>>;

/**
 * True for sources that run on a processor: MLAS there has neither Winograd nor FFT, keeps subnormals and treats NaN and
 * infinities as IEEE 754 says. GPUs and unknown sources may do otherwise.
 */
export function isProcessor({ source }: ExplainedSide): boolean {
  return /\b(?:CPU|WASM)\b/i.test(source);
}

export function bySide<T>(give: (side: SideName) => T): BySide<T> {
  return { reference: give("reference"), other: give("other") };
}
