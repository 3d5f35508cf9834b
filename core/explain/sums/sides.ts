import { dialectOf } from "../operators/dialect.ts";
import type { ExplainedSide } from "../question.ts";

/** The two sides of a question, in the order in which they are told. */
export const SIDES = ["reference", "other"] as const;
export type SideName = (typeof SIDES)[number];
export type BySide<T> = Readonly<Record<SideName, T>>;

/**
 * True for a side that runs on a processor: MLAS there has neither Winograd nor FFT, keeps subnormals and treats NaN and
 * infinities as IEEE 754 says. GPUs and unknown runtimes may do otherwise.
 */
export function isProcessor(side: ExplainedSide): boolean {
  return dialectOf(side) === "ieee";
}

export function bySide<T>(give: (side: SideName) => T): BySide<T> {
  return { reference: give("reference"), other: give("other") };
}
