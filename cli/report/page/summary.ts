import { answerOf, failuresOf, predictionOf } from "#library/report/look-up.ts";
import { count, short } from "#library/report/numbers.ts";
import { meaningOf, toleranceText } from "#library/report/reason.ts";
import type { ReportedModel, ReportedRow, RunReport } from "#library/report/run-report.ts";
import { html, type Markup } from "./markup.ts";
import { tableOf, type TableColumn } from "./table.ts";

/** A page with more rows would be slow. */
const MOST_ROWS = 500;

export function badge(verdict: string): Markup {
  return html`<span class="badge" data-verdict="${verdict}">${verdict}</span>`;
}

export function figures(terms: readonly (readonly [string, string | Markup])[]): Markup {
  return html`<dl class="figures">
    ${terms.map(
      ([term, figure]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${figure}</dd>
        </div>`,
    )}
  </dl>`;
}

export function outcomeSection(report: RunReport): Markup {
  const { outcome, kind, models, total, startedAt, elapsedMs, isobit } = report;
  return html`<header class="outcome" data-verdict="${outcome}">
    <h1>isobit ${kind}</h1>
    <p class="word">${outcome}</p>
    <p>${meaningOf(outcome)[0]!.toUpperCase()}${meaningOf(outcome).slice(1)}.</p>
    ${figures([
      [models.length === 1 ? "model" : "models", models.map(({ id }) => id).join(", ")],
      ["inputs", String(total)],
      ["reference", report.reference],
      ["tolerance", toleranceText(report)],
      ["started", startedAt.replace("T", " ").replace(/\.\d+Z$/, "Z")],
      ["duration", `${(elapsedMs / 1000).toFixed(1)} s`],
      ["isobit", isobit],
    ])}
  </header>`;
}

export function alarmSection({ certificateViolations }: RunReport): Markup | null {
  if (certificateViolations.length === 0) return null;
  return html`<section id="alarms">
    <h2>Violated certificates</h2>
    ${certificateViolations.map(
      ({ message, modelSha256, inputSha256 }) =>
        html`<p>
          <strong>${message}</strong><br />Model <code class="hash">${modelSha256}</code>, input
          <code class="hash">${inputSha256}</code>. The JSON report contains the input and both outputs, bit by bit.
        </p>`,
    )}
  </section>`;
}

export function failureSection(report: RunReport): Markup | null {
  const failures = failuresOf(report);
  if (failures.length === 0) return null;
  const columns: TableColumn<(typeof failures)[number]>[] = [
    { title: "error", cell: ({ code }) => code },
    { title: "source", cell: ({ sources }) => [...sources].join(", ") },
    {
      title: "for",
      cell: ({ inputs }) => (inputs.size === report.rows.length ? "every input" : [...inputs].slice(0, 20).join(", ")),
    },
    { title: "why", cell: ({ message }) => message },
  ];
  return html`<section id="failures">
    <h2>What failed</h2>
    ${tableOf(columns, failures)}
  </section>`;
}

/** Every input and pair; for a long run, the inputs that drift most. */
export function inputSection(report: RunReport): Markup | null {
  const all = report.rows.flatMap((row) => row.pairs.map((drift) => ({ row, drift })));
  if (all.length === 0) return null;
  const shown =
    all.length <= MOST_ROWS
      ? all
      : all.toSorted((left, right) => (right.drift.maxUlp ?? -1) - (left.drift.maxUlp ?? -1)).slice(0, MOST_ROWS);
  const columns: TableColumn<(typeof all)[number]>[] = [
    { title: "input", cell: ({ row }) => row.input },
    { title: "pair", cell: ({ drift }) => `${drift.other} against ${drift.reference}` },
    { title: "verdict", cell: ({ drift }) => badge(drift.verdict) },
    { title: "expected", cell: ({ row }) => labelOf(report.models[0], row.expected) },
    { title: "labels", cell: ({ row, drift }) => labels(row, drift.reference, drift.other) },
    { title: "elements that differ", number: true, cell: ({ drift }) => String(drift.differingElements) },
    { title: "max |a-b|", number: true, cell: ({ drift }) => short(drift.maxAbs) },
    { title: "max ULP", number: true, cell: ({ drift }) => short(drift.maxUlp) },
    { title: "ms", number: true, cell: ({ row, drift }) => latencies(row, drift.reference, drift.other) },
  ];
  const left = all.length - shown.length;
  const note =
    left > 0 ? html`<p>The ${count(shown.length, "row")} that drift most; the CSV report has ${left} more.</p>` : null;
  return html`<section id="inputs">
    <h2>Inputs</h2>
    ${note}${tableOf(columns, shown)}
  </section>`;
}

function labelOf(model: ReportedModel | undefined, classIndex: number | null): string {
  return classIndex === null ? "-" : (model?.labels?.[classIndex] ?? String(classIndex));
}

function labels(row: ReportedRow, reference: string, other: string): string {
  const [left, right] = [reference, other].map((source) => predictionOf(row, source)?.label ?? "-");
  return left === right ? left! : `${left} / ${right}`;
}

function latencies(row: ReportedRow, reference: string, other: string): string {
  return [reference, other].map((source) => answerOf(row, source)?.latencyMs?.toFixed(2) ?? "-").join(" / ");
}
