import { count, short } from "#library/report/numbers.ts";
import { nodeNote, originText, unknownTexts } from "#library/report/reason.ts";
import type { ReportedTrace } from "#library/report/run-report.ts";
import { colour } from "../../colour.ts";

/** Where one pair's drift begins, why, and how sure that is. */
export function traceSection(trace: ReportedTrace): string {
  const { reference, other, weightsDiffer, unmatched, nodes } = trace;
  const introduced = nodes
    .filter(({ bornElements }) => (bornElements ?? 0) > 0)
    .map(({ name, cause }) => `${name} (${cause})`);
  const alone = [
    ...unmatched.reference.map((name) => `${name} of ${reference}`),
    ...unmatched.other.map((name) => `${name} of ${other}`),
  ];
  const lines = [
    originText(trace),
    ...(weightsDiffer.length > 0 ? [`Weights or attributes differ in ${weightsDiffer.join(", ")}.`] : []),
    ...(introduced.length > 0 ? [`Differences are introduced in ${introduced.join(", ")}.`] : []),
    ...unknownTexts(trace),
    ...notedLines(trace),
    ...wrongLines(trace),
    ...(alone.length > 0
      ? [`Without a counterpart: ${alone.slice(0, 10).join(", ")}${alone.length > 10 ? ", …" : ""}.`]
      : []),
    ...markingLines(trace),
  ];
  return lines.join("\n  ");
}

/** Causes that their notes explain further. */
const TOLD_WITH_NOTES: ReadonlySet<string> = new Set([
  "NAN_PROPAGATION",
  "SPECIAL_VALUE",
  "UNDETERMINED",
  "UNEXPLAINED",
  "WRONG_RESULT",
]);

/** The explainer's notes on differences whose cause is open, or that are not rounding; then the nodes' own notes. */
function notedLines({ nodes }: ReportedTrace): readonly string[] {
  return nodes.flatMap((node) => {
    const { name, op, bornElements, cause, explanation, note } = node;
    if (explanation === null || (bornElements ?? 0) === 0) return [];
    const { notes } = explanation;
    const isOpen = cause !== null && TOLD_WITH_NOTES.has(cause) && notes.length > 0;
    return [
      ...(isOpen ? [`${cause} in ${name} (${op}): ${notes.join(" ")}`] : []),
      ...(note === null ? [] : [nodeNote(node)]),
    ];
  });
}

function wrongLines({ nodes, reference, other }: ReportedTrace): readonly string[] {
  return nodes.flatMap(({ name, op, explanation }) =>
    (explanation?.wrong ?? []).map(({ side, elements, index, value, exact, bound }) => {
      const source = side === "reference" ? reference : other;
      // An output of zeros only is wrong even if the exact value is not known.
      const truth = !Number.isFinite(bound)
        ? ""
        : `; the exact value is ${exact}, and rounding can change it by at most ${short(bound)}`;
      const sentence = `${source} is wrong in ${count(elements, "element")} of ${name} (${op}). The worst, at ${index}, is ${value}${truth}.`;
      return colour("red", sentence);
    }),
  );
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
