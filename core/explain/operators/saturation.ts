import type { Elements } from "../../tensors/read-elements.ts";
import { exactDot, type IntegerDots, saturatingDot } from "./integer-dots.ts";
import type { Given, Judgement } from "./judge.ts";

const SATURATED: Judgement = {
  verdict: "legitimate",
  cause: "INT8_SATURATION",
  note: "An x64 processor without VNNI clamps the sum of two 8-bit products to int16; `x64quantprecision` avoids it.",
};

/** Number of elements on which saturation is checked. */
const CHECKED = 256;
/** A kernel that clamps does so in every element; exceptions may be separate faults. */
const LEAST_SHARE = 0.9;

/** Judges a source's element by the result of one sum. */
type JudgeSum = (index: number, sum: number, given: Given) => Judgement;

/**
 * Judges elements by their exact sums, or by clamped ones. An 8-bit result may equal the clamped one by chance, so
 * clamping is accepted only if a CPU's whole output is consistent with it.
 */
export function orSaturated(dots: IntegerDots, judgeSum: JudgeSum): (index: number, given: Given) => Judgement {
  const clamping = new WeakMap<Elements, boolean>();
  const isClamped = (index: number, given: Given): boolean =>
    saturatedSums(dots, index).some((sum) => judgeSum(index, sum, given).verdict !== "wrong");
  const judgeExact = (index: number, given: Given): Judgement => judgeSum(index, exactDot(dots.dotAt(index)), given);
  const clamps = (given: Given): boolean => {
    const { output, dialect } = given;
    if (dialect !== "ieee") return false;
    let [clamped, checked] = [0, 0];
    for (let index = 0; index < output.length; index += Math.ceil(output.length / CHECKED)) {
      const element = { ...given, value: output.numbers[index]!, word: output.words[index]! };
      const [byExact, byClamping] = [judgeExact(index, element).verdict !== "wrong", isClamped(index, element)];
      if (byExact && byClamping) continue;
      checked++;
      if (byClamping) clamped++;
    }
    return clamped >= LEAST_SHARE * checked;
  };
  return (index, given) => {
    const judgement = judgeExact(index, given);
    if (judgement.verdict !== "wrong" || !isClamped(index, given)) return judgement;
    if (!clamping.has(given.output)) clamping.set(given.output, clamps(given));
    return clamping.get(given.output)! ? SATURATED : judgement;
  };
}

function saturatedSums(dots: IntegerDots, index: number): readonly number[] {
  if (dots.leftSigned || !dots.rightSigned) return [];
  const dot = dots.dotAt(index);
  return [null, ...dot.walks].map((walk) => saturatingDot(dot, walk));
}
