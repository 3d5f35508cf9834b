import { comparedAs, softmaxText } from "#library/report/of-peer.ts";
import { answerOf, predictionOf } from "#library/report/look-up.ts";
import { count, decibels, medianSteps, nearOne, percent, short } from "#library/report/numbers.ts";
import { ulpText } from "#library/report/ulp-text.ts";
import type { ReportedPair, ReportedRow, RunReport } from "#library/report/run-report.ts";
import { paintOutcome } from "../../outcome-colour.ts";
import { textTable, type Column } from "../../text-table.ts";
import { lonelyText } from "./lonely.ts";

type RowPair = ReportedRow["pairs"][number];

/** A few images: for each pair one line per image and a summary; with `verbose` all probabilities. */
export function imageSections(report: RunReport, { verbose }: { readonly verbose: boolean }): string[] {
  const tables =
    report.pairs.length > 0 ? report.pairs.map((pair) => pairSection(report, pair)) : [lonelySection(report)];
  return [...tables, ...(verbose ? [probabilitySection(report)] : [])];
}

function pairSection(report: RunReport, pair: ReportedPair): string {
  const { reference, other } = pair;
  const driftOf = (row: ReportedRow): RowPair | undefined =>
    row.pairs.find((each) => each.reference === reference && each.other === other);
  const columns: Column<ReportedRow>[] = [
    { title: "image", align: "left", cell: ({ input }) => input },
    labelColumn(reference),
    labelColumn(other),
    { title: "verdict", align: "left", cell: (row) => paintOutcome(driftOf(row)?.verdict ?? "INCOMPLETE") },
    { title: "max |delta|", align: "right", cell: (row) => short(driftOf(row)?.maxAbs) },
    { title: "max ULP", align: "right", cell: (row) => short(driftOf(row)?.maxUlp) },
    latencyColumn(report, reference),
    latencyColumn(report, other),
  ];
  const softmax = softmaxText(pair);
  const notes = softmax === null ? [] : [`  ${softmax}`];
  return [textTable(columns, report.rows), summaryLine(report, pair), ...notes, ...statisticsLines(pair)].join("\n");
}

/** The answers of a single source. */
function lonelySection(report: RunReport): string {
  const sources = report.rows[0]?.outputs.map(({ source }) => source) ?? [];
  const columns: Column<ReportedRow>[] = [
    { title: "image", align: "left", cell: ({ input }) => input },
    ...sources.map(labelColumn),
    ...sources.map((source) => latencyColumn(report, source)),
  ];
  return `${textTable(columns, report.rows)}\n${lonelyText(report)}`;
}

function summaryLine(report: RunReport, pair: ReportedPair): string {
  const facts = [
    `${pair.compared} of ${count(report.total, "image")} compared`,
    ...(pair.compared > 0 ? pairFacts(pair, ulpText(report, pair)) : []),
  ];
  return `${pair.other} against ${pair.reference}: ${paintOutcome(pair.verdict)}; ${facts.join(", ")}`;
}

function pairFacts(pair: ReportedPair, ulpMeaning: string | null): string[] {
  const { identical, differingElements, nonFiniteElements, worstInput } = pair;
  const labelMismatches = pair.labelMismatches ?? 0;
  const { element, equal } = wordsOf(pair);
  return [
    equal ?? `${identical} equal in every bit`,
    `${count(labelMismatches, "label")} ${labelMismatches === 1 ? "differs" : "differ"}`,
    `${count(differingElements, element)} ${differingElements === 1 ? "differs" : "differ"}`,
    ...(nonFiniteElements > 0 ? [`${count(nonFiniteElements, element)} not finite`] : []),
    `max |delta| ${short(pair.maxAbs)}`,
    `max ULP ${short(pair.maxUlp)}${ulpMeaning === null ? "" : ` (${ulpMeaning})`}`,
    ...(worstInput === null ? [] : [`worst image ${worstInput}`]),
  ];
}

/** Words for a peer's numbers, which may be decimal text or probabilities. */
function wordsOf({ peer }: ReportedPair): { element: string; equal: string | null } {
  const element = peer?.quantity === "PROBABILITIES" ? "probability value" : "logit";
  const bits = peer === undefined || (peer.quantity === "LOGITS" && peer.precision === "BITS");
  return { element, equal: bits ? null : comparedAs(peer.quantity, peer.precision) };
}

/** Only if bits differ: otherwise every figure is 0 or 1. */
function statisticsLines({ differingElements, outputs }: ReportedPair): string[] {
  const statistics = outputs[0]?.statistics;
  if (!statistics || differingElements === 0) return [];
  const distributions = (["abs", "rel", "ulp"] as const).flatMap((kind) => {
    const spread = statistics[kind];
    const quantiles = spread?.quantiles.filter(({ q }) => q !== 0.5) ?? [];
    const last = quantiles.map(({ q, value }) => `${Number((q * 100).toPrecision(6))} % ${short(value)}`);
    return spread
      ? [
          `  ${NAMES[kind]}: mean ${short(spread.mean)}, median ${(kind === "ulp" ? medianSteps : short)(spread.median)}, ${last.join(", ")}`,
        ]
      : [];
  });
  const { topK, klDivergence } = statistics;
  const whole = [
    `cosine ${nearOne(statistics.cosineSimilarity)}`,
    `PSNR ${decibels(statistics.psnr)}`,
    ...topK.map(({ k, agreement }) => `top-${k} ${percent(agreement)}`),
    ...(klDivergence === null ? [] : [`KL ${short(klDivergence)} nats`]),
  ];
  return [...distributions, `  ${whole.join(", ")}`];
}

const NAMES = { abs: "|delta|", rel: "|delta| / |reference|", ulp: "ULP" } as const;

/** Probabilities with every digit: rounding would hide the differences. */
function probabilitySection({ rows, models }: RunReport): string {
  const tables = rows.map((row) => {
    const answered = row.outputs.filter(({ prediction }) => prediction !== null).map(({ source }) => source);
    const classes = answered.length === 0 ? [] : (models[0]?.labels ?? []).map((label, index) => ({ label, index }));
    return textTable<{ label: string; index: number }>(
      [
        { title: `image ${row.input}`, align: "left", cell: ({ label }) => `  ${label}` },
        ...answered.map((source): Column<{ index: number }> => ({
          title: `p(${source})`,
          align: "left",
          cell: ({ index }) => String(predictionOf(row, source)?.probabilities[index] ?? "-"),
        })),
      ],
      classes,
    );
  });
  return ["Probabilities", ...tables].join("\n");
}

function labelColumn(source: string): Column<ReportedRow> {
  return { title: source, align: "left", cell: (row) => predictionOf(row, source)?.label ?? "-" };
}

/** A side that runs several images together gives each of them the same share of the time. */
function latencyColumn({ rows }: RunReport, source: string): Column<ReportedRow> {
  const times = rows.map((row) => answerOf(row, source)?.latencyMs ?? null).filter((time) => time !== null);
  const isMean = times.length > 1 && new Set(times).size === 1;
  return {
    title: isMean ? `${source} ms (mean)` : `${source} ms`,
    align: "right",
    cell: (row) => answerOf(row, source)?.latencyMs?.toFixed(2) ?? "-",
  };
}
