import type { Arithmetic } from "./bound.ts";
import { undeterminedNote } from "../evidence/sum-cause.ts";
import type { Judged } from "./hypothesis.ts";
import type { Verdict } from "./judge.ts";
import type { SumProblem } from "./problem.ts";
import { type BySource, SOURCE_ROLES } from "../sources.ts";

/** Notes on a sum's explanation, in sentences. */
export function notesOf(
  { type, elements }: SumProblem,
  judged: Judged | null,
  { visited, unclaimed }: Verdict,
  arithmetic: BySource<Arithmetic>,
): readonly string[] {
  const lines: string[] = [];
  if (judged === null)
    lines.push(
      `Its elements are ${type}: it is held against the error bound, but no order of additions is searched for.`,
    );
  else {
    const { accepted, best } = judged;
    if (accepted === null && best !== null)
      lines.push(
        `No order tried reproduces both sides: the best of ${best.tried} reproduces ${percent(best.matchRate)} of the elements, and chance ${percent(best.controlMatchRate)}.`,
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
        `The hypothesis was checked on ${judged.visited} of ${elements} elements, the differing ones first; the rest would take too long and counts as unexplained.`,
      );
    }
  }
  if (visited < elements)
    lines.push(`The bound was taken of ${visited} of ${elements} elements; the rest would take too long.`);
  if (unclaimed > 0) {
    lines.push(
      `${unclaimed} elements may overflow in a right evaluation, or have NaN or infinite inputs: nothing is claimed of them.`,
    );
  }
  const transformed = SOURCE_ROLES.filter((role) => arithmetic[role].transforms);
  if (transformed.length > 0) {
    lines.push(
      `Winograd or FFT is possible for the ${transformed.join(" and the ")}, so one bound holds for the whole output.`,
    );
  }
  return lines;
}

function percent(rate: number): string {
  return `${(100 * rate).toFixed(rate < 1 && rate > 0.999 ? 3 : 1)} %`;
}
