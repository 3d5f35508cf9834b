import { stepsOf } from "#core/statistics/steps.ts";
import { readElements } from "#core/tensors/read-elements.ts";
import { ulpMeaning } from "#core/verdicts/ulp-meaning.ts";
import { answerOf } from "./look-up.ts";
import type { ReportedPair, ReportedTensor, RunReport } from "./run-report.ts";
import { valueOf } from "./tensor.ts";

/** What a pair's largest ULP distance means, such as "opposite signs, |delta| 2.4e-7"; null if it needs no explanation. */
export function ulpText(report: Pick<RunReport, "rows">, pair: ReportedPair): string | null {
  if (pair.maxUlp === null) return null;
  const row = report.rows.find(({ input }) => input === pair.worstInput);
  const [left, right] = [pair.reference, pair.other].map((source) => (row && answerOf(row, source))?.tensors ?? []);
  for (const tensor of left!) {
    const other = right!.find(({ name }) => name === tensor.name);
    const values = other && elementsApart(tensor, other, pair.maxUlp);
    if (values) return ulpMeaning(tensor.type, pair.maxUlp, values);
  }
  return ulpMeaning(left![0]?.type ?? "float32", pair.maxUlp, null);
}

/** The first two elements so many steps apart; null where there are none, or the report does not hold their bits. */
function elementsApart(
  left: ReportedTensor,
  right: ReportedTensor,
  ulp: number,
): { readonly reference: number; readonly other: number } | null {
  if (left.bits === null || right.bits === null || left.type !== right.type) return null;
  const [reference, other] = [readElements(valueOf(left)), readElements(valueOf(right))];
  if (reference.length !== other.length) return null;
  const steps = stepsOf(reference.type);
  const place = reference.numbers.findIndex((_, index) => steps(reference, other, index) === ulp);
  return place < 0 ? null : { reference: reference.numbers[place]!, other: other.numbers[place]! };
}
