import { computedOnText } from "#core/explain/computed-on.ts";
import { isCompared } from "#core/trace/result.ts";
import { short } from "./numbers.ts";
import type { ReportedDrift, ReportedTrace, RunReport } from "./run-report.ts";

/** A verdict in plain words. */
const MEANINGS: Readonly<Record<RunReport["outcome"], string>> = Object.freeze({
  IDENTICAL: "every bit is the same",
  WITHIN_TOLERANCE: "every difference is within the tolerance, or within the precision of a peer's numbers",
  DRIFT: "bits differ",
  INCOMPLETE: "an answer is missing or not repeatable, so the comparison is inconclusive",
  WRONG_RESULT: "a result is outside the possible rounding error",
  CERTIFICATE_VIOLATED: "bits differ although a certificate proves them equal",
});

export function meaningOf(outcome: RunReport["outcome"]): string {
  return MEANINGS[outcome];
}

/** Whether the command ends with 0. */
export function passes(outcome: RunReport["outcome"]): boolean {
  return outcome === "IDENTICAL" || outcome === "WITHIN_TOLERANCE";
}

export function toleranceText({ settings: { tolerance, outputTolerances } }: Pick<RunReport, "settings">): string {
  const named = Object.entries(outputTolerances).map(([output, bounds]) => `${output}: ${boundsText(bounds)}`);
  return [boundsText(tolerance), ...named].join("; ");
}

function boundsText(tolerance: RunReport["settings"]["tolerance"]): string {
  const { abs, rel, ulp } = tolerance ?? {};
  const bounds = [
    ...(abs == null ? [] : [`|a-b| <= ${abs}`]),
    ...(rel == null ? [] : [`|a-b| <= ${rel} |reference|`]),
    ...(ulp == null ? [] : [`ULP <= ${ulp}`]),
  ];
  return bounds.length === 0 ? "bits must be equal" : bounds.join(" or ");
}

/**
 * "7 elements differ, max |a-b| 1.9e-6, max ULP 12"
 * @param meaning of the largest ULP distance (see ulpText)
 */
export function driftText(drift: ReportedDrift, meaning: string | null = null): string {
  const { differingElements, nonFiniteElements } = drift;
  return [
    `${differingElements} ${differingElements === 1 ? "element differs" : "elements differ"}`,
    ...(nonFiniteElements > 0 ? [`${nonFiniteElements} not finite`] : []),
    `max |a-b| ${short(drift.maxAbs)}`,
    `max ULP ${short(drift.maxUlp)}${meaning === null ? "" : ` (${meaning})`}`,
  ].join(", ");
}

/** Causes for which a hypothesis says how both sides add. */
const TOLD_WITH_ORDERS: ReadonlySet<string> = new Set([
  "FUSED_MULTIPLY_ADD",
  "SUMMATION_ORDER",
  "TF32",
  "WIDER_ACCUMULATION",
  "REDUCED_PRECISION",
  "UNDETERMINED",
]);

/** Where a traced pair's drift begins, and why. */
export function originText({ firstDrift, nodes, outcome, reference, other, input }: ReportedTrace): string {
  if (firstDrift === null) {
    const compared = nodes.every(isCompared) ? "every node" : "every node that was compared";
    const agree = `${other} and ${reference} agree in ${compared} on input ${input}`;
    if (outcome === "IDENTICAL") return `${agree}.`;
    const notes = nodes.flatMap((node) => (node.note !== null && isCompared(node) ? [nodeNote(node)] : []));
    return [`${agree} while intermediate values are exposed, but their final outputs differ.`, ...notes].join(" ");
  }
  const { name, op, index, differingElements, elements, cause, explanation } = firstDrift;
  const remaining = cause === "UNDETERMINED" ? (explanation?.consistentWith ?? []) : [];
  const reason = remaining.length > 0 ? `${cause}, consistent with ${remaining.join(", ")}` : cause;
  const sentences = [
    `${other} first differs from ${reference} in node ${index}, ${name} (${op}), on input ${input}: ${differingElements} of ${elements} elements differ.`,
    `Cause: ${reason}${countsText(explanation)}.`,
  ];
  if (explanation?.hypothesis && TOLD_WITH_ORDERS.has(cause)) {
    const { hypothesis } = explanation;
    sentences.push(
      `${other}: ${hypothesisText(hypothesis.other)}; ${reference}: ${hypothesisText(hypothesis.reference)}.`,
    );
  }
  if (explanation) {
    const { computedOn } = explanation;
    sentences.push(`Computed on ${computedOnText(computedOn.reference)} and ${computedOnText(computedOn.other)}.`);
  }
  return sentences.join(" ");
}

export function nodeNote({ name, op, note }: Pick<ReportedTrace["nodes"][number], "name" | "op" | "note">): string {
  return `${name} (${op}): ${note}`;
}

/** Nodes on one line of `unknownTexts`. */
const MOST_NAMES = 5;

/** The nodes that were not compared, or whose difference was not analysed. One line per reason. */
export function unknownTexts({ nodes }: ReportedTrace): readonly string[] {
  const unknown = nodes.flatMap((node) => {
    const { name, op, note, differingElements, bornElements, explanation } = node;
    const isOpen = differingElements > 0 && explanation === null && bornElements !== 0;
    return note !== null && (isOpen || !isCompared(node)) ? [{ node: `${name} (${op})`, reason: reasonOf(note) }] : [];
  });
  return [...Map.groupBy(unknown, ({ reason }) => reason)].map(([reason, same]) => {
    const names = same.slice(0, MOST_NAMES).map(({ node }) => node);
    const more = same.length - names.length;
    return `Unknown: ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}. ${reason}`;
  });
}

/** A node's note without the name of its output, so that nodes share it. */
function reasonOf(note: string): string {
  return note.replace(/^"(?:[^"\\]|\\.)*" was not compared: /, "Not compared: ");
}

/** The cause is the most severe one; the others are listed with the elements that each accounts for. */
function countsText(explanation: ReportedTrace["nodes"][number]["explanation"]): string {
  if (explanation === null || explanation.causes.length < 2) return "";
  return ` [${explanation.causes.map(({ cause, elements }) => `${cause} ${elements}`).join(", ")}]`;
}

type HypothesisSide = NonNullable<NonNullable<ReportedTrace["nodes"][number]["explanation"]>["hypothesis"]>["other"];

function hypothesisText({ order, fused, tf32, wide }: HypothesisSide): string {
  return [
    order.description,
    ...(fused ? ["fused multiply-add"] : []),
    ...(wide ? ["sums in a wider type"] : []),
    ...(tf32 ? ["TF32 factors"] : []),
  ].join(", ");
}
