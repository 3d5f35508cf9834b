import { computedOnText } from "#core/explain/computed-on.ts";
import { short } from "#library/report/numbers.ts";
import { headlineTexts } from "#library/report/trace-text.ts";
import type { ReportedTrace } from "#library/report/run-report.ts";
import { html, type Markup } from "./markup.ts";
import { badge } from "./summary.ts";
import { tableOf, type TableColumn } from "./table.ts";

/** The id of the element for a trace's chart. */
export function layersElement(trace: number): string {
  return `layers-${trace}`;
}

/** Where drift begins, layer by layer, and why. */
export function traceSection(trace: ReportedTrace, index: number): Markup {
  return html`<section class="trace">
    <h2>Where ${trace.other} drifts from ${trace.reference} ${badge(trace.outcome)}</h2>
    ${headlineTexts(trace).map((text) => html`<p>${text}</p>`)}
    ${trace.weightsDiffer.length > 0 && html`<p>Weights or attributes differ in ${trace.weightsDiffer.join(", ")}.</p>`}
    <div class="plot" id="${layersElement(index)}"></div>
    <h3>Node by node</h3>
    ${tableOf(NODE_COLUMNS, trace.nodes)} ${explanations(trace)}
    <h3>What exposing intermediate values changed in the final outputs</h3>
    ${tableOf(MARKING_COLUMNS, [
      [trace.reference, trace.marking.reference],
      [trace.other, trace.marking.other],
    ])}
  </section>`;
}

type Node = ReportedTrace["nodes"][number];

const NODE_COLUMNS: readonly TableColumn<Node>[] = [
  { title: "#", number: true, cell: ({ index }) => String(index) },
  { title: "node", cell: ({ name }) => name },
  { title: "op", cell: ({ op }) => op },
  { title: "elements", number: true, cell: ({ elements }) => String(elements) },
  { title: "differ", number: true, cell: ({ differingElements }) => String(differingElements) },
  { title: "introduced here", number: true, cell: ({ bornElements }) => String(bornElements ?? "-") },
  { title: "max |a-b|", number: true, cell: ({ maxAbs }) => short(maxAbs) },
  { title: "max ULP", number: true, cell: ({ maxUlp }) => short(maxUlp) },
  { title: "cause", cell: ({ cause }) => (cause === "WRONG_RESULT" ? badge(cause) : cause) },
  { title: "explained", number: true, cell: ({ explainedElements }) => String(explainedElements) },
  { title: "note", cell: ({ note }) => note ?? "" },
];

type Marking = readonly [source: string, effect: ReportedTrace["marking"]["other"]];

const MARKING_COLUMNS: readonly TableColumn<Marking>[] = [
  { title: "source", cell: ([source]) => source },
  { title: "level", cell: ([, { optimizationLevel }]) => optimizationLevel },
  { title: "slices", number: true, cell: ([, { slices }]) => String(slices) },
  {
    title: "fusion changed",
    cell: ([, { fusionChanged }]) => (fusionChanged === null ? "not reported" : fusionChanged ? "yes" : "no"),
  },
  { title: "elements changed", number: true, cell: ([, { differingElements }]) => String(differingElements) },
  { title: "max |a-b|", number: true, cell: ([, { maxAbs }]) => short(maxAbs) },
  { title: "max ULP", number: true, cell: ([, { maxUlp }]) => short(maxUlp) },
];

function explanations({ nodes }: ReportedTrace): Markup[] {
  return nodes.flatMap(({ name, explanation }) => {
    if (explanation === null) return [];
    const { causes, consistentWith, hypothesis, bound, wrong, notes, computedOn } = explanation;
    const lines = [
      `Causes: ${causes.map(({ cause, elements }) => `${cause} ${elements}`).join(", ")}.`,
      ...(consistentWith.length > 0 ? [`Consistent with ${consistentWith.join(", ")}.`] : []),
      ...(hypothesis
        ? [
            `The best of ${hypothesis.tried} hypotheses reproduces ${share(hypothesis.matchRate)} of the elements on both sides, and ${share(hypothesis.controlMatchRate)} of shuffled elements.`,
          ]
        : []),
      ...(bound
        ? [
            `Error bound of a correct evaluation (${bound.kind}): ${bound.formula}; the worst element uses ${short(bound.worstShare)} of it.`,
          ]
        : []),
      ...wrong.map(
        ({ side, elements, index, value, exact, bound: most }) =>
          `The ${side} is wrong in ${elements} elements, most in element ${index}: ${value}${Number.isFinite(most) ? ` instead of ${exact}, with a bound of ${short(most)}` : ""}.`,
      ),
      ...notes,
      `Computed on ${computedOnText(computedOn.reference)} and ${computedOnText(computedOn.other)}.`,
    ];
    return [
      html`<details>
        <summary>Why ${name} differs</summary>
        ${lines.map((line) => html`<p>${line}</p>`)}
      </details>`,
    ];
  });
}

function share(rate: number): string {
  return `${(100 * rate).toFixed(2)} %`;
}
