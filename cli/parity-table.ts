import { styleText } from "node:util";
import type { BackendStatus } from "#core/backend.ts";
import type { Verdict } from "#core/compare.ts";
import { adviceFor } from "./advice.ts";
import {
  predictionOf,
  type ParityReport,
  type ReportedPair,
  type ReportedRow,
  type ReportedRowDrift,
} from "./parity-report.ts";
import { textTable, type Column } from "./text-table.ts";

/** The report for people: who ran, a table and a summary line for each pair, what failed, and the verdict. */
export function renderParity(report: ParityReport, options: { readonly verbose?: boolean } = {}): string {
  const tables =
    report.pairs.length > 0 ? report.pairs.map((pair) => pairSection(report, pair)) : [lonelySection(report)];
  const sections = [
    environmentSection(report),
    ...tables,
    ...(options.verbose ? [probabilitySection(report)] : []),
    ...failureSections(report),
    ...violationSections(report),
    verdictLine(report),
  ];
  return `${sections.join("\n\n")}\n`;
}

function environmentSection({ model, total, environment, reference }: ParityReport): string {
  const columns: Column<BackendStatus>[] = [
    {
      title: "source",
      align: "left",
      cell: ({ backend }) => (backend === reference ? `${backend} (reference)` : backend),
    },
    { title: "side", align: "left", cell: ({ side }) => side.toLowerCase() },
    { title: "runtime", align: "left", cell: ({ runtime, runtimeVersion }) => `${runtime} ${runtimeVersion}` },
    { title: "provider", align: "left", cell: ({ executionProvider }) => executionProvider },
    { title: "device", align: "left", cell: ({ device }) => device ?? "-" },
  ];
  const title = `Model ${model.id} (sha256 ${model.sha256.slice(0, 12)}), ${count(total, "image")}`;
  return `${title}\n\n${textTable(columns, environment)}`;
}

function pairSection(report: ParityReport, pair: ReportedPair): string {
  const { reference, other } = pair;
  const driftOf = (row: ReportedRow): ReportedRowDrift | undefined => row.pairs.find((each) => each.other === other);
  const columns: Column<ReportedRow>[] = [
    { title: "image", align: "left", cell: ({ image }) => image },
    labelColumn(reference),
    labelColumn(other),
    { title: "verdict", align: "left", cell: (row) => paint(driftOf(row)?.verdict ?? "INCOMPLETE") },
    { title: "max |delta|", align: "right", cell: (row) => short(driftOf(row)?.maxAbs) },
    { title: "max ULP", align: "right", cell: (row) => short(driftOf(row)?.maxUlp) },
    latencyColumn(reference),
    latencyColumn(other),
  ];
  return `${textTable(columns, report.rows)}\n${summaryLine(report, pair)}`;
}

/** Where nothing was compared with anything. */
function lonelySection(report: ParityReport): string {
  const sources = report.rows[0]?.outputs.map(({ source }) => source) ?? [];
  const columns: Column<ReportedRow>[] = [
    { title: "image", align: "left", cell: ({ image }) => image },
    ...sources.map(labelColumn),
    ...sources.map(latencyColumn),
  ];
  return `${textTable(columns, report.rows)}\nOnly ${sources.join(", ")} took part. A comparison needs two: name another with --backends.`;
}

function summaryLine({ total }: ParityReport, pair: ReportedPair): string {
  const facts = [
    `${pair.compared} of ${count(total, "image")} compared`,
    ...(pair.compared > 0 ? pairFacts(pair) : []),
  ];
  return `${pair.other} against ${pair.reference}: ${paint(pair.verdict)}; ${facts.join(", ")}`;
}

function pairFacts(pair: ReportedPair): string[] {
  const { identical, labelMismatches, differingElements, nonFiniteElements, worstImage } = pair;
  return [
    `${identical} equal in every bit`,
    `${count(labelMismatches, "label")} ${labelMismatches === 1 ? "differs" : "differ"}`,
    `${count(differingElements, "logit")} ${differingElements === 1 ? "differs" : "differ"}`,
    ...(nonFiniteElements > 0 ? [`${count(nonFiniteElements, "logit")} not finite`] : []),
    `max |delta| ${short(pair.maxAbs)}`,
    `max ULP ${short(pair.maxUlp)}`,
    ...(worstImage === null ? [] : [`worst image ${worstImage}`]),
  ];
}

/** Probabilities as computed, every digit of them: rounding would hide what is being looked for. */
function probabilitySection({ rows, model }: ParityReport): string {
  const tables = rows.map((row) => {
    const answered = row.outputs.filter(({ prediction }) => prediction !== null).map(({ source }) => source);
    const classes = answered.length === 0 ? [] : model.labels.map((label, index) => ({ label, index }));
    return textTable<{ label: string; index: number }>(
      [
        { title: `image ${row.image}`, align: "left", cell: ({ label }) => `  ${label}` },
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
function failureSections({ rows }: ParityReport): string[] {
  const failures = new Map<string, { code: string; message: string; sources: Set<string>; images: Set<string> }>();
  for (const { image, outputs } of rows) {
    for (const { source, error } of outputs) {
      if (error === null) continue;
      const key = `${error.code} ${error.message}`;
      const failure = failures.get(key) ?? { ...error, sources: new Set(), images: new Set() };
      failure.sources.add(source);
      failure.images.add(image);
      failures.set(key, failure);
    }
  }
  return [...failures.values()].map(({ code, message, sources, images }) => {
    const where =
      images.size === rows.length
        ? "every image"
        : `${images.size === 1 ? "image" : "images"} ${[...images].join(", ")}`;
    return `${styleText("red", code)}: no answer of ${[...sources].join(", ")} for ${where}\n  ${message}\n  ${adviceFor(code)}`;
  });
}

/** The loudest that there is: either a backend computes wrongly, or the proof's assumptions fail there. */
function violationSections({ certificateViolations }: ParityReport): string[] {
  return certificateViolations.map(({ message, modelSha256, inputSha256 }) => {
    const evidence = `model ${modelSha256}\n  input ${inputSha256}\n  parity_report.json holds the input and both answers, bit by bit.`;
    return `${styleText(["bold", "red"], message)}\n  ${evidence}`;
  });
}

function verdictLine({ verdict, certificateViolations }: ParityReport): string {
  const line = `Verdict: ${paint(verdict)}`;
  if (verdict !== "DRIFT" || certificateViolations.length > 0) return line;
  return `${line}\nFloat32 models drift between backends; --abs, --rel or --ulp say how much may pass.`;
}

const COLOURS = { IDENTICAL: "green", WITHIN_TOLERANCE: "green", DRIFT: "yellow", INCOMPLETE: "red" } as const;

/** styleText leaves the text plain where stdout is no terminal or NO_COLOR is set. */
function paint(verdict: Verdict): string {
  return styleText(COLOURS[verdict], verdict);
}

function labelColumn(source: string): Column<ReportedRow> {
  return { title: source, align: "left", cell: (row) => predictionOf(row, source)?.label ?? "-" };
}

function latencyColumn(source: string): Column<ReportedRow> {
  return {
    title: `${source} ms`,
    align: "right",
    cell: (row) => predictionOf(row, source)?.latencyMs?.toFixed(2) ?? "-",
  };
}

/** Three digits are enough to see a drift; the files hold all of them. */
function short(metric: number | null | undefined): string {
  if (metric === null || metric === undefined) return "-";
  return Number.isInteger(metric) ? String(metric) : metric.toExponential(2);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
