import type { Arithmetic } from "./bound.ts";
import { undeterminedNote } from "../evidence/sum-cause.ts";
import type { Judged } from "./hypothesis.ts";
import type { Verdict } from "./judge.ts";
import type { SumProblem } from "./problem.ts";
import { type BySource, SOURCE_ROLES } from "../sources.ts";

export function notesOf(
  { type, elements }: SumProblem,
  judged: Judged | null,
  { visited, unclaimed }: Verdict,
  arithmetic: BySource<Arithmetic>,
): readonly string[] {
  const lines: string[] = [];
  if (judged === null)
    lines.push(
      `Its elements are ${type}: results are checked against the error bound, but no summation order is searched.`,
    );
  else {
    const { accepted, best } = judged;
    if (accepted === null && best !== null)
      lines.push(
        `No summation order tried reproduces both sides: the best of ${best.tried} reproduces ${percent(best.matchRate)} of the elements, chance alone ${percent(best.controlMatchRate)}.`,
      );
    if (accepted !== null && !accepted.settled) lines.push(undeterminedNote(accepted.consistentWith));
    else if (accepted !== null) {
      const { reference, other } = accepted.pair;
      if (reference.plan !== other.plan) {
        lines.push(`The reference adds ${reference.plan.description}; the other adds ${other.plan.description}.`);
      }
    }
    if (judged.visited < elements) {
      lines.push(
        `The hypothesis was checked on ${judged.visited} of ${elements} elements, differing ones first; the others would take too long and count as unexplained.`,
      );
    }
  }
  if (visited < elements)
    lines.push(`The bound was checked on ${visited} of ${elements} elements; the others would take too long.`);
  if (unclaimed > 0) {
    lines.push(
      `${unclaimed} elements may overflow in a correct evaluation or have NaN or infinite inputs; they are not judged.`,
    );
  }
  const transformed = SOURCE_ROLES.filter((role) => arithmetic[role].transforms);
  if (transformed.length > 0) {
    lines.push(
      `The ${transformed.join(" and the ")} may have used Winograd or FFT, so one bound applies to the whole output.`,
    );
  }
  return lines;
}

function percent(rate: number): string {
  return `${(100 * rate).toFixed(rate < 1 && rate > 0.999 ? 3 : 1)} %`;
}
