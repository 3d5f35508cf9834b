import { count, short } from "#library/report/numbers.ts";
import { originText, unknownTexts } from "#library/report/reason.ts";
import type { ReportedTrace } from "#library/report/run-report.ts";
import { introducedText, listed, noteTexts, openTexts, wrongTexts } from "#library/report/trace-text.ts";
import { colour } from "../../colour.ts";

/** Where one pair's drift begins, why, and how sure that is. */
export function traceSection(trace: ReportedTrace): string {
  const { reference, other, weightsDiffer, unmatched } = trace;
  const introduced = introducedText(trace);
  const alone = [
    ...unmatched.reference.map((name) => `${name} of ${reference}`),
    ...unmatched.other.map((name) => `${name} of ${other}`),
  ];
  const lines = [
    ...wrongTexts(trace).map((text) => colour("red", text)),
    originText(trace),
    ...(weightsDiffer.length > 0 ? [`Weights or attributes differ in ${listed(weightsDiffer)}.`] : []),
    ...(introduced === null ? [] : [introduced]),
    ...unknownTexts(trace),
    ...openTexts(trace),
    ...noteTexts(trace),
    ...(alone.length > 0 ? [`Without a counterpart: ${listed(alone)}.`] : []),
    ...markingLines(trace),
  ];
  return lines.join("\n  ");
}

/** Only where exposing intermediate values changed a final output. */
function markingLines({ marking, reference, other }: ReportedTrace): readonly string[] {
  return [[reference, marking.reference] as const, [other, marking.other] as const].flatMap(
    ([source, { differingElements, maxUlp, optimizationLevel }]) =>
      differingElements > 0
        ? [
            `Exposing intermediate values on ${source} (level ${optimizationLevel}) changed ${count(differingElements, "element")} of its final outputs, by up to ${short(maxUlp)} ULP.`,
          ]
        : [],
  );
}
