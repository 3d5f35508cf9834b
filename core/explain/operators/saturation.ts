import { exactDot, type IntegerDots, saturatingDot } from "./integer-dots.ts";
import type { Given, Judgement } from "./judge.ts";

/* Kernels for x64 without VNNI clamp sums of two products to int16. */

export const SATURATED: Judgement = {
  verdict: "legitimate",
  cause: "INT8_SATURATION",
  note: "An x64 processor without VNNI clamps the sum of two 8-bit products to int16; `x64quantprecision` avoids it.",
};

/** As many elements tell whether a kernel clamps. */
const TELLING_ELEMENTS = 256;

/** The sums that a kernel which clamps may give for an element. */
export function clampedSums(dots: IntegerDots, index: number): readonly number[] {
  const dot = dots.dotAt(index);
  return [null, ...dot.walks].map((walk) => saturatingDot(dot, walk));
}

/**
 * Whether a processor's kernel clamps. One element may meet a clamped sum by chance, so that most of the side's elements for
 * which clamping makes a difference have to be clamped.
 * @param fits whether the side's element at an index may come from a sum
 */
export function clampsThroughout(
  dots: IntegerDots,
  { dialect, output }: Given,
  fits: (index: number, sum: number) => boolean,
): boolean {
  if (dialect !== "ieee" || dots.leftSigned || !dots.rightSigned) return false;
  const step = Math.max(1, Math.floor(output.length / TELLING_ELEMENTS));
  let [clamped, exact] = [0, 0];
  for (let index = 0; index < output.length; index += step) {
    const isExact = fits(index, exactDot(dots.dotAt(index)));
    const isClamped = clampedSums(dots, index).some((sum) => fits(index, sum));
    if (isClamped && !isExact) clamped++;
    if (isExact && !isClamped) exact++;
  }
  return clamped >= exact;
}

/** Answers once for each side's output. */
export function onceForEach(answer: (given: Given) => boolean): (given: Given) => boolean {
  const known = new WeakMap<Given["output"], boolean>();
  return (given) => {
    const before = known.get(given.output);
    if (before !== undefined) return before;
    const found = answer(given);
    known.set(given.output, found);
    return found;
  };
}
