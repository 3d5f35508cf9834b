import { colour } from "../colour.ts";
import { failuresOf } from "../report/look-up.ts";
import { count, nearOne, percent, short } from "../report/numbers.ts";
import { pairTitle, softmaxText } from "#library/report/of-peer.ts";
import { meaningOf, toleranceText } from "../report/reason.ts";
import type { ReportedPair, RunReport } from "#library/report/run-report.ts";
import { type Column, textTable } from "../text-table.ts";
import type { SweepSummary } from "#library/sweep/summary.ts";
import type { SourceAccuracy } from "#library/sweep/totals.ts";

const COLOURS = {
  IDENTICAL: "green",
  WITHIN_TOLERANCE: "green",
  DRIFT: "yellow",
  INCOMPLETE: "yellow",
  WRONG_RESULT: "red",
  CERTIFICATE_VIOLATED: "red",
} as const;

/** A sweep for people: how fast, each pair, each source's accuracy, what failed, and the outcome. */
export function renderSweep(report: RunReport, summary: SweepSummary): string {
  const { outcome, certificateViolations } = report;
  const sections = [
    titleOf(report, summary),
    report.pairs.length > 0 ? textTable(PAIR_COLUMNS, report.pairs) : `Only ${report.reference} took part.`,
    ...report.pairs.map(softmaxText).filter((text) => text !== null),
    ...(summary.accuracy.length > 0 ? [textTable(ACCURACY_COLUMNS, summary.accuracy)] : []),
    ...failureLines(report, summary),
    ...certificateViolations.map(({ message }) => colour(["bold", "red"], message)),
    ...summary.notes.map((note) => `Note: ${note}`),
    `Outcome: ${colour(["bold", COLOURS[outcome]], outcome)}: ${meaningOf(outcome)}.`,
  ];
  return `${sections.join("\n\n")}\n`;
}

function titleOf(report: RunReport, { images, rate, resumed, model, dataSet }: SweepSummary): string {
  const speed = rate === null ? "" : ` at ${Math.round(rate).toLocaleString("en-US")} images/s`;
  const before = resumed === 0 ? "" : `, ${resumed} of them done before`;
  const name = `${model.id} (sha256 ${model.sha256.slice(0, 12)})`;
  return `Model ${name}, ${count(images, "image")} of ${dataSet.description}${before}${speed}. Tolerance: ${toleranceText(report)}.`;
}

const PAIR_COLUMNS: readonly Column<ReportedPair>[] = [
  { title: "pair", align: "left", cell: pairTitle },
  { title: "verdict", align: "left", cell: ({ verdict }) => colour(COLOURS[verdict], verdict) },
  { title: "identical", align: "right", cell: ({ identical, compared }) => `${identical} of ${compared}` },
  { title: "elements differing", align: "right", cell: ({ differingElements }) => String(differingElements) },
  { title: "max |delta|", align: "right", cell: ({ maxAbs }) => short(maxAbs) },
  { title: "max ULP", align: "right", cell: ({ maxUlp }) => short(maxUlp) },
  { title: "median ULP", align: "right", cell: ({ outputs }) => short(outputs[0]?.statistics?.ulp?.median) },
  { title: "cosine", align: "right", cell: ({ outputs }) => nearOne(outputs[0]?.statistics?.cosineSimilarity ?? null) },
  { title: "other labels", align: "right", cell: ({ labelMismatches }) => short(labelMismatches) },
  { title: "worst image", align: "left", cell: ({ worstInput }) => worstInput ?? "-" },
];

const ACCURACY_COLUMNS: readonly Column<SourceAccuracy>[] = [
  { title: "source", align: "left", cell: ({ source }) => source },
  { title: "right labels", align: "right", cell: ({ correct, labelled }) => `${correct} of ${labelled}` },
  { title: "accuracy", align: "right", cell: ({ accuracy }) => (accuracy === null ? "-" : percent(accuracy)) },
];

function failureLines(report: RunReport, { failures }: SweepSummary): string[] {
  if (failures === 0) return [];
  const reasons = failuresOf(report).map(({ code, message, sources }) => {
    return `  ${code} (${[...sources].join(", ")}): ${message}`;
  });
  return [[`${count(failures, "image")} without an answer of every source:`, ...reasons].join("\n")];
}
