import type { BySource } from "../sources.ts";
import type { Judgement } from "./judge.ts";

export const JUDGE_SUSPECTED =
  "Both sides agree with each other far better than with isobit's reference evaluation of this operator. That evaluation may be wrong, so neither side is reported as wrong.";
/** Two independent faults do not agree within a sixteenth of their size. */
const AGREEMENT = 1 / 16;

/**
 * Two runtimes that are "wrong" in nearly the same way are probably right, and the reference evaluation is wrong: ONNX
 * leaves the formula open, or isobit has a fault. A value outside the operator's range is wrong in any case.
 */
export function isJudgeSuspected({ reference, other }: BySource<Judgement>, values: BySource<number>): boolean {
  if (reference.verdict !== "wrong" || other.verdict !== "wrong") return false;
  if (reference.outside !== undefined || other.outside !== undefined) return false;
  const apart = Math.abs(values.reference - values.other);
  const off = Math.min(Math.abs(values.reference - reference.exact), Math.abs(values.other - other.exact));
  return apart <= AGREEMENT * off;
}
