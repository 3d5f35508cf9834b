import { isCompared, type MarkingEffect } from "#core/trace/result.ts";
import { listed } from "#library/report/trace-text.ts";
import { colour } from "../colour.ts";
import { paintAlarm, paintOutcome } from "../outcome-colour.ts";
import { textTable, type Column } from "../text-table.ts";
import type { AnsweredNode, AnsweredTrace } from "./query.ts";
import { explanationLines, type Sides } from "./explanation-text.ts";
import { count, number } from "./numbers.ts";

/**
 * A trace for the terminal: every node in graph order, where drift begins and why, and what exposing intermediates changed.
 * @param input the image's name
 * @param options.verbose explains every node where a difference was introduced, not only the first and the wrong ones
 */
export function renderTrace(trace: AnsweredTrace, input: string, options: { readonly verbose: boolean }): string {
  const { model, nodes, firstDrift, reference, backend } = trace;
  const sides: Sides = { reference, backend };
  const explained = nodes.filter(
    ({ index, cause }) => options.verbose || index === firstDrift?.index || cause === "WRONG_RESULT",
  );
  const sections = [
    `Model ${model.id} (sha256 ${model.sha256.slice(0, 12)}), input ${input}: ${backend} against ${reference}`,
    ...wrongLine(nodes),
    textTable(COLUMNS, nodes),
    ...noteLines(nodes),
    beginning(trace),
    ...explained.flatMap((node) => explanationSection(node, sides)),
    [effect(trace.marking.reference, reference), effect(trace.marking.backend, backend)].join("\n"),
    ...trace.certificateViolations.map(({ message }) => paintAlarm(message)),
    `Outcome: ${paintOutcome(trace.outcome)}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

const COLUMNS: readonly Column<AnsweredNode>[] = [
  { title: "#", align: "right", cell: ({ index }) => String(index) },
  { title: "node", align: "left", cell: ({ name }) => name },
  { title: "op", align: "left", cell: ({ op }) => op },
  { title: "elements", align: "right", cell: ({ elements }) => number(elements) },
  { title: "differing", align: "right", cell: ({ differingElements }) => number(differingElements) },
  { title: "max ULP", align: "right", cell: ({ maxUlp }) => number(maxUlp) },
  { title: "max |delta|", align: "right", cell: ({ maxAbs }) => number(maxAbs) },
  { title: "drift", align: "left", cell: introducedOf },
  { title: "cause", align: "left", cell: causeOf },
];

/** A wrong result must not be looked for in a long table. */
function wrongLine(nodes: readonly AnsweredNode[]): string[] {
  const wrong = nodes.filter(({ cause }) => cause === "WRONG_RESULT").map(({ name, op }) => `${name} (${op})`);
  return wrong.length > 0 ? [paintAlarm(`WRONG_RESULT in ${listed(wrong)}. Rounding cannot explain it.`)] : [];
}

function introducedOf(node: AnsweredNode): string {
  const { differingElements, bornElements } = node;
  if (!isCompared(node)) return "not compared";
  if (differingElements === 0 && !bornElements) return "-";
  if (bornElements === null) return "not run alone";
  return bornElements > 0 ? `${number(bornElements)} introduced here` : "inherited";
}

function causeOf({ cause, differingElements, explainedElements }: AnsweredNode): string {
  if (cause === "NONE") return "-";
  const missing = differingElements - explainedElements;
  const isOpen = cause === "UNEXPLAINED" || cause === "UNDETERMINED";
  if (isOpen) return explainedElements > 0 ? `${cause}, ${number(missing)} of ${number(differingElements)}` : cause;
  return missing > 0 ? `${cause}, ${number(missing)} unexplained` : cause;
}

function beginning({ firstDrift, nodes, outcome, reference, backend }: AnsweredTrace): string {
  if (firstDrift === null) {
    const compared = nodes.every(isCompared) ? "node" : "node that was compared";
    const served = outcome === "IDENTICAL" ? "" : " while values are exposed, but the final outputs differ";
    return `No ${compared} differs in any bit between ${reference} and ${backend}${served}.`;
  }
  const { name, op, index, differingElements, elements, originatesHere, bornElements } = firstDrift;
  const amount = `${number(differingElements)} of ${count(elements, "element")} differ`;
  const inputs = originatesHere ? "although its inputs are the same in every bit" : "and its inputs differ already";
  const alone = bornElements === 0 ? "; run alone with the same inputs, it agrees" : "";
  return `Drift begins at ${colour("bold", name)} (${op}, node ${index}): ${amount}, ${inputs}${alone}.`;
}

/** A note that several nodes share is printed once. */
function noteLines(nodes: readonly AnsweredNode[]): string[] {
  const named = nodes.filter(({ note }) => note !== null);
  return [...Map.groupBy(named, ({ note }) => note)].map(
    ([note, same]) => `${listed(same.map(({ name }) => name))}: ${note}`,
  );
}

function explanationSection({ name, op, explanation }: AnsweredNode, sides: Sides): string[] {
  return explanation ? [[`${name} (${op})`, ...explanationLines(explanation, sides)].join("\n  ")] : [];
}

/** Intermediate values are marked as outputs, which can keep an optimiser from fusing nodes. */
function effect({ optimizationLevel, slices, fusionChanged, ...moved }: MarkingEffect, source: string): string {
  const how = `Exposing intermediates on ${source} (level ${optimizationLevel}, ${count(slices, "run")})`;
  const output =
    moved.differingElements === 0
      ? "did not change the final output"
      : `changed ${count(moved.differingElements, "element")} of the final output, by up to ${number(moved.maxUlp)} ULP (${number(moved.maxAbs)})`;
  if (fusionChanged === null) return `${how} ${output}.`;
  return `${how} ${output}; ${fusionChanged ? "other nodes were fused" : "the same nodes were fused"}.`;
}
