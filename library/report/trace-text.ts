import type { Cause } from "#core/explain/explanation.ts";
import { gravestOf } from "#core/explain/gravity.ts";
import { count, short } from "./numbers.ts";
import { nodeNote, originText } from "./reason.ts";
import type { ReportedTrace } from "./run-report.ts";

type Node = ReportedTrace["nodes"][number];

/** Names that a line lists at most. */
const MOST_NAMES = 5;
/** Lines of notes, each about one node. */
const MOST_NOTES = 5;

/** The most serious first: what is wrong on which source, then where drift begins. */
export function headlineTexts(trace: ReportedTrace): readonly string[] {
  return [...wrongTexts(trace), originText(trace)];
}

/** One sentence per node and source with results that rounding cannot explain, the worst first. */
export function wrongTexts({ nodes, reference, other }: ReportedTrace): readonly string[] {
  const wrong = nodes.flatMap(({ name, op, explanation }) =>
    (explanation?.wrong ?? []).map(({ side, elements, index, value, exact, bound }) => {
      const source = side === "reference" ? reference : other;
      // An output of zeros only is wrong even if the exact value is not known.
      const truth = !Number.isFinite(bound)
        ? ""
        : `; the exact value is ${exact}, and rounding can change it by at most ${short(bound)}`;
      const text = `${source} is wrong in ${count(elements, "element")} of ${name} (${op}). The worst, at ${index}, is ${value}${truth}.`;
      return { text, name: `${name} (${op})` };
    }),
  );
  const more = wrong.slice(MOST_NAMES).map(({ name }) => name);
  const rest = more.length > 0 ? [`Wrong results also in ${listed(more)}.`] : [];
  return [...wrong.slice(0, MOST_NAMES).map(({ text }) => text), ...rest];
}

/** On copies of one input, a node that depends on its batch introduces nothing. */
function introduces({ bornElements, cause }: Node): boolean {
  return (bornElements ?? 0) > 0 || cause === "BATCH_DEPENDENCE";
}

/** The nodes that introduce differences; of many, the number of each cause and the five that move values furthest. */
export function introducedText({ nodes }: ReportedTrace): string | null {
  const introduced = nodes.filter(introduces);
  if (introduced.length === 0) return null;
  if (introduced.length <= MOST_NAMES)
    return `Differences are introduced in ${introduced.map(({ name, cause }) => `${name} (${cause})`).join(", ")}.`;
  const causes = [...Map.groupBy(introduced, ({ cause }) => cause)].toSorted(([left], [right]) =>
    gravestOf([left, right] as Cause[]) === left ? -1 : 1,
  );
  const groups = causes.map(([cause, same]) => {
    const furthest = same.toSorted((left, right) => (right.maxAbs ?? Infinity) - (left.maxAbs ?? Infinity));
    return `${cause} in ${same.length} (${listed(furthest.map(({ name }) => name))})`;
  });
  return `Differences are introduced in ${introduced.length} nodes: ${groups.join("; ")}.`;
}

/** Causes that their notes explain further. */
const TOLD_WITH_NOTES: ReadonlySet<string> = new Set([
  "NAN_PROPAGATION",
  "SPECIAL_VALUE",
  "UNDETERMINED",
  "UNEXPLAINED",
  "WRONG_RESULT",
]);

/** The explainer's notes on differences whose cause is open, or that are not rounding; nodes with the same note share a line. */
export function openTexts({ nodes }: ReportedTrace): readonly string[] {
  const open = nodes.flatMap(({ name, op, bornElements, cause, explanation }) => {
    const notes = explanation?.notes ?? [];
    const isTold = (bornElements ?? 0) > 0 && TOLD_WITH_NOTES.has(cause) && notes.length > 0;
    return isTold ? [{ cause, name: `${name} (${op})`, text: notes.join(" ") }] : [];
  });
  return [...Map.groupBy(open, ({ cause, text }) => `${cause} ${text}`).values()].map(
    (same) => `${same[0]!.cause} in ${listed(same.map(({ name }) => name))}: ${same[0]!.text}`,
  );
}

/** Notes of explained nodes that introduce differences. */
export function noteTexts({ nodes }: ReportedTrace): readonly string[] {
  const noted = nodes.filter(
    (node) =>
      node.note !== null && introduces(node) && (node.explanation !== null || node.cause === "BATCH_DEPENDENCE"),
  );
  const more = noted.length - MOST_NOTES;
  return [
    ...noted.slice(0, MOST_NOTES).map(nodeNote),
    ...(more > 0
      ? [`${count(more, "more node")} ${more === 1 ? "has a note" : "have notes"} in the JSON report.`]
      : []),
  ];
}

/** Up to five names, and how many more. */
export function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
