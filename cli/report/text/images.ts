import { adviceFor } from "../../advice.ts";
import { colour } from "../../colour.ts";
import { answerOf, failuresOf, lackOf, predictionOf } from "../../../library/report/look-up.ts";
import { comparedAs, softmaxText } from "#library/report/of-peer.ts";
import { count, decibels, nearOne, percent, short } from "../../../library/report/numbers.ts";
import type { ReportedPair, ReportedRow, ReportedSource, RunReport } from "#library/report/run-report.ts";
import { textTable, type Column } from "../../text-table.ts";

type RowPair = ReportedRow["pairs"][number];

/** The report for people: who ran, a table and a summary for each pair, what failed, and the verdict. */
export function renderParity(report: RunReport, options: { readonly verbose?: boolean } = {}): string {
  const tables =
    report.pairs.length > 0 ? report.pairs.map((pair) => pairSection(report, pair)) : [lonelySection(report)];
  const sections = [
    environmentSection(report),
    ...tables,
    ...(options.verbose ? [probabilitySection(report)] : []),
    ...noteSections(report),
    ...failureSections(report),
    ...violationSections(report),
    verdictLine(report),
  ];
  return `${sections.join("\n\n")}\n`;
}

function environmentSection({ models, total, environment, reference }: RunReport): string {
  const columns: Column<ReportedSource>[] = [
    {
      title: "source",
      align: "left",
      cell: ({ source }) => (source === reference ? `${source} (reference)` : source),
    },
    { title: "side", align: "left", cell: ({ side }) => side?.toLowerCase() ?? "-" },
    {
      title: "runtime",
      align: "left",
      cell: ({ runtime, runtimeVersion }) => `${runtime ?? "-"} ${runtimeVersion ?? ""}`,
    },
    { title: "provider", align: "left", cell: ({ executionProvider }) => executionProvider ?? "-" },
    { title: "device", align: "left", cell: ({ device }) => device ?? "-" },
  ];
  const names = models.map(({ id, sha256 }) => `${id} (sha256 ${sha256.slice(0, 12)})`).join(", ");
  return `Model ${names}, ${count(total, "image")}\n\n${textTable(columns, environment)}`;
}

function pairSection(report: RunReport, pair: ReportedPair): string {
  const { reference, other } = pair;
  const driftOf = (row: ReportedRow): RowPair | undefined =>
    row.pairs.find((each) => each.reference === reference && each.other === other);
  const columns: Column<ReportedRow>[] = [
    { title: "image", align: "left", cell: ({ input }) => input },
    labelColumn(reference),
    labelColumn(other),
    { title: "verdict", align: "left", cell: (row) => paint(driftOf(row)?.verdict ?? "INCOMPLETE") },
    { title: "max |delta|", align: "right", cell: (row) => short(driftOf(row)?.maxAbs) },
    { title: "max ULP", align: "right", cell: (row) => short(driftOf(row)?.maxUlp) },
    latencyColumn(reference),
    latencyColumn(other),
  ];
  const softmax = softmaxText(pair);
  const notes = softmax === null ? [] : [`  ${softmax}`];
  return [textTable(columns, report.rows), summaryLine(report, pair), ...notes, ...statisticsLines(pair)].join("\n");
}

/** Where nothing was compared with anything. */
function lonelySection(report: RunReport): string {
  const sources = report.rows[0]?.outputs.map(({ source }) => source) ?? [];
  const columns: Column<ReportedRow>[] = [
    { title: "image", align: "left", cell: ({ input }) => input },
    ...sources.map(labelColumn),
    ...sources.map(latencyColumn),
  ];
  return `${textTable(columns, report.rows)}\nOnly ${sources.join(", ")} took part. A comparison needs two: name another with --backends.`;
}

function summaryLine({ total }: RunReport, pair: ReportedPair): string {
  const facts = [
    `${pair.compared} of ${count(total, "image")} compared`,
    ...(pair.compared > 0 ? pairFacts(pair) : []),
  ];
  return `${pair.other} against ${pair.reference}: ${paint(pair.verdict)}; ${facts.join(", ")}`;
}

function pairFacts(pair: ReportedPair): string[] {
  const { identical, differingElements, nonFiniteElements, worstInput } = pair;
  const labelMismatches = pair.labelMismatches ?? 0;
  const { element, equal } = wordsOf(pair);
  return [
    equal ?? `${identical} equal in every bit`,
    `${count(labelMismatches, "label")} ${labelMismatches === 1 ? "differs" : "differ"}`,
    `${count(differingElements, element)} ${differingElements === 1 ? "differs" : "differ"}`,
    ...(nonFiniteElements > 0 ? [`${count(nonFiniteElements, element)} not finite`] : []),
    `max |delta| ${short(pair.maxAbs)}`,
    `max ULP ${short(pair.maxUlp)}`,
    ...(worstInput === null ? [] : [`worst image ${worstInput}`]),
  ];
}

/** A peer's numbers are not called bits where they are not, nor logits. */
function wordsOf({ peer }: ReportedPair): { element: string; equal: string | null } {
  const element = peer?.quantity === "PROBABILITIES" ? "probability value" : "logit";
  const bits = peer === undefined || (peer.quantity === "LOGITS" && peer.precision === "BITS");
  return { element, equal: bits ? null : comparedAs(peer.quantity, peer.precision) };
}

/** Each doubt about a peer once. */
function noteSections({ rows }: RunReport): string[] {
  const notes = rows.flatMap(({ outputs }) =>
    outputs.flatMap(({ source, peer }) => (peer?.note ? [`${source}: ${peer.note}`] : [])),
  );
  return [...new Set(notes)];
}

/** Said only where bits differ: otherwise every figure is 0 or 1. */
function statisticsLines({ differingElements, outputs }: ReportedPair): string[] {
  const statistics = outputs[0]?.statistics;
  if (!statistics || differingElements === 0) return [];
  const distributions = (["abs", "rel", "ulp"] as const).flatMap((kind) => {
    const spread = statistics[kind];
    const quantiles = spread?.quantiles.filter(({ q }) => q !== 0.5) ?? [];
    const last = quantiles.map(({ q, value }) => `${Number((q * 100).toPrecision(6))} % ${short(value)}`);
    return spread
      ? [`  ${NAMES[kind]}: mean ${short(spread.mean)}, median ${short(spread.median)}, ${last.join(", ")}`]
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

/** Probabilities as computed, every digit of them: rounding would hide what is being looked for. */
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

/** Every distinct error once, with whom it stopped and what to do. */
function failureSections(report: RunReport): string[] {
  return failuresOf(report).map(({ code, message, sources, inputs }) => {
    const where =
      inputs.size === report.rows.length
        ? "every image"
        : `${inputs.size === 1 ? "image" : "images"} ${[...inputs].join(", ")}`;
    return `${colour("red", code)}: ${lackOf(code)} of ${[...sources].join(", ")} for ${where}\n  ${message}\n  ${adviceFor(code)}`;
  });
}

/** The loudest that there is: either a backend computes wrongly, or the proof's assumptions fail there. */
function violationSections({ certificateViolations }: RunReport): string[] {
  return certificateViolations.map(({ message, modelSha256, inputSha256 }) => {
    const evidence = `model ${modelSha256}\n  input ${inputSha256}\n  parity_report.json holds the input and both answers, bit by bit.`;
    return `${colour(["bold", "red"], message)}\n  ${evidence}`;
  });
}

function verdictLine({ verdict, outcome, settings }: RunReport): string {
  const line = `Verdict: ${paint(verdict)}`;
  if (outcome !== "DRIFT") return line;
  const since = settings.options["goldenSavedAt"];
  if (since !== undefined) return `${line}\nBits are not those of the golden that was saved at ${String(since)}.`;
  return `${line}\nFloat32 models drift between backends; --abs, --rel or --ulp say how much may pass.`;
}

const COLOURS = { IDENTICAL: "green", WITHIN_TOLERANCE: "green", DRIFT: "yellow", INCOMPLETE: "red" } as const;

function paint(verdict: RunReport["verdict"]): string {
  return colour(COLOURS[verdict], verdict);
}

function labelColumn(source: string): Column<ReportedRow> {
  return { title: source, align: "left", cell: (row) => predictionOf(row, source)?.label ?? "-" };
}

function latencyColumn(source: string): Column<ReportedRow> {
  return {
    title: `${source} ms`,
    align: "right",
    cell: (row) => answerOf(row, source)?.latencyMs?.toFixed(2) ?? "-",
  };
}
