import type { ReportFormat } from "../format.ts";
import { placementText } from "#core/backends/placement.ts";
import { goldenMachine } from "#library/report/golden-machine.ts";
import { failuresOf, lackOf } from "#library/report/look-up.ts";
import { pairTitle, softmaxText } from "#library/report/of-peer.ts";
import { count, decibels, nearOne, short, medianSteps } from "#library/report/numbers.ts";
import { headlineTexts, listed } from "#library/report/trace-text.ts";
import { meaningOf, passes, toleranceText, unknownTexts } from "#library/report/reason.ts";
import { ulpText } from "#library/report/ulp-text.ts";
import type {
  ReportedPair,
  ReportedRow,
  ReportedSource,
  ReportedTrace,
  RunReport,
} from "#library/report/run-report.ts";

/** Rows in a pull request's comment. */
const WORST_INPUTS = 5;

/** Unexplained nodes per trace whose notes are shown. */
const UNEXPLAINED_NODES = 3;

export const MARKDOWN: ReportFormat = {
  name: "md",
  file: "parity_report.md",
  purpose: "a short summary for a pull request",
  holds: ["inputs", "errors", "statistics", "environment", "traces", "violations"],
  write: reportMarkdown,
};

/** GitHub's Markdown, for a pull request's comment or a job's summary. The environment is folded. */
export function reportMarkdown(report: RunReport): string {
  const sections = [
    heading(report),
    ...goldenMachine(report).map(plain),
    pairTable(report),
    ...ulpParts(report),
    ...softmaxParts(report),
    ...worstInputs(report),
    ...alarms(report),
    ...origins(report),
    ...failures(report),
    environment(report),
  ];
  return `${sections.join("\n\n")}\n`;
}

function heading(report: RunReport): string {
  const { outcome, models, total, kind } = report;
  const mark = passes(outcome) ? "✅" : outcome === "INCOMPLETE" ? "⚠️" : "❌";
  const names = models.map(({ id, sha256 }) => `${plain(id)} (${code(sha256.slice(0, 12))})`).join(", ");
  return `### ${mark} isobit ${kind}: ${outcome}

${capital(meaningOf(outcome))}. Model ${names}, ${count(total, "input")}, tolerance: ${plain(toleranceText(report))}.`;
}

function pairTable({ pairs, reference }: RunReport): string {
  if (pairs.length === 0) return `Only ${plain(reference)} ran, so there is nothing to compare it with.`;
  const header = [
    "pair",
    "verdict",
    "equal in every bit",
    "labels differ",
    "max \\|a-b\\|",
    "max ULP",
    "median ULP",
    "cosine",
    "PSNR",
  ];
  return table(header, pairs.map(pairCells));
}

function pairCells(pair: ReportedPair): string[] {
  // Only the first output's statistics; the JSON report has all of them.
  const statistics = pair.outputs[0]?.statistics ?? null;
  return [
    plain(pairTitle(pair)),
    `**${pair.verdict}**`,
    `${pair.identical} of ${pair.compared}`,
    pair.labelMismatches === null ? "-" : String(pair.labelMismatches),
    short(pair.maxAbs),
    short(pair.maxUlp),
    medianSteps(statistics?.ulp?.median),
    nearOne(statistics?.cosineSimilarity ?? null),
    decibels(statistics?.psnr ?? null),
  ];
}

function ulpParts(report: RunReport): string[] {
  return report.pairs.flatMap((pair) => {
    const text = ulpText(report, pair);
    return text === null ? [] : [plain(`${pair.other}: max ULP ${short(pair.maxUlp)}: ${text}.`)];
  });
}

function softmaxParts({ pairs }: RunReport): string[] {
  return pairs.flatMap((pair) => {
    const text = softmaxText(pair);
    return text === null ? [] : [plain(`${pair.other}: ${text}`)];
  });
}

type Worst = { readonly row: ReportedRow; readonly drift: ReportedRow["pairs"][number] };

/** The inputs that drift most, in the order that also determines `worstInput`. */
function worstInputs({ rows, total }: RunReport): string[] {
  const failing = rows.flatMap((row) =>
    row.pairs.filter(({ verdict }) => verdict === "DRIFT").map((drift): Worst => ({ row, drift })),
  );
  if (failing.length === 0) return [];
  const shown = failing.toSorted((left, right) => byDrift(left.drift, right.drift)).slice(0, WORST_INPUTS);
  const cells = shown.map(({ row, drift }) => [
    plain(row.input),
    `${plain(drift.other)} against ${plain(drift.reference)}`,
    String(drift.differingElements),
    short(drift.maxAbs),
    short(drift.maxUlp),
    drift.labelsMatch === false ? "**no**" : drift.labelsMatch === true ? "yes" : "-",
  ]);
  const title = `**Worst inputs**${extent(rows.length, total, failing.length - shown.length)}`;
  return [
    `${title}\n\n${table(["input", "pair", "elements that differ", "max \\|a-b\\|", "max ULP", "same label"], cells)}`,
  ];
}

/** The report of a sweep has only the worst inputs, so the total number that drift is unknown here. */
function extent(kept: number, total: number, more: number): string {
  if (kept < total) return ` among the ${kept} of ${total} in this report; sweep.jsonl has all of them`;
  return more > 0 ? `, and ${more} more that drift` : "";
}

function byDrift(left: Worst["drift"], right: Worst["drift"]): number {
  return (
    right.nonFiniteElements - left.nonFiniteElements ||
    (right.maxUlp ?? 0) - (left.maxUlp ?? 0) ||
    (right.maxAbs ?? 0) - (left.maxAbs ?? 0)
  );
}

function alarms({ certificateViolations }: RunReport): string[] {
  if (certificateViolations.length === 0) return [];
  const lines = certificateViolations.map(
    ({ message, modelSha256, inputSha256 }) =>
      `- **${plain(message)}** Model ${code(modelSha256)}, input ${code(inputSha256)}.`,
  );
  return [`**Violated certificates**\n\n${lines.join("\n")}`];
}

function origins({ traces }: RunReport): string[] {
  if (traces.length === 0) return [];
  const lines = traces.map((trace) => {
    const bold = trace.outcome === "WRONG_RESULT" ? "**WRONG_RESULT** " : "";
    const weights =
      trace.weightsDiffer.length > 0 ? ` Weights or attributes differ in ${plain(listed(trace.weightsDiffer))}.` : "";
    return `- ${bold}${plain(headlineTexts(trace).join(" "))}${weights}${unknown(trace)}${unexplained(trace)}`;
  });
  return [`**Where drift begins**\n\n${lines.join("\n")}`];
}

function unknown(trace: ReportedTrace): string {
  return unknownTexts(trace)
    .map((text) => ` ${plain(text)}`)
    .join("");
}

/** The explainer's notes on differences without a definite cause. */
function unexplained({ nodes }: ReportedTrace): string {
  const open = nodes.filter(
    ({ bornElements, cause }) => (bornElements ?? 0) > 0 && (cause === "UNEXPLAINED" || cause === "UNDETERMINED"),
  );
  const noted = open.filter(({ explanation }) => (explanation?.notes.length ?? 0) > 0);
  const sentences = noted
    .slice(0, UNEXPLAINED_NODES)
    .map(
      ({ name, op, cause, explanation }) => ` ${plain(`${cause} in ${name} (${op}): ${explanation?.notes.join(" ")}`)}`,
    );
  const more = noted.length - sentences.length;
  return `${sentences.join("")}${more > 0 ? ` And ${count(more, "more node")} without a definite cause.` : ""}`;
}

function failures(report: RunReport): string[] {
  const lines = failuresOf(report).map(({ code: name, message, sources, inputs }) => {
    const where = inputs.size === report.rows.length ? "every input" : count(inputs.size, "input");
    return `- ${plain(name)}: ${lackOf(name)} of ${plain([...sources].join(", "))} for ${where}. ${plain(message)}`;
  });
  return lines.length === 0 ? [] : [`**What failed**\n\n${lines.join("\n")}`];
}

function deviceText({ available, reason, device, placement }: ReportedSource): string {
  if (!available) return `not available: ${reason ?? "unknown"}`;
  return [device ?? "-", ...(placement ? [placementText(placement)] : [])].join(", ");
}

function environment(report: RunReport): string {
  const header = ["source", "runtime", "provider", "level", "device"];
  const rows = report.environment.map((source) => [
    plain(source.source),
    plain([source.runtime, source.runtimeVersion].filter(Boolean).join(" ") || "-"),
    plain(source.executionProvider ?? "-"),
    plain(levelText(source)),
    plain(deviceText(source)),
  ]);
  const models = report.models.map(
    ({ id, sha256, executedSha256 }) =>
      `- ${plain(id)}: sha256 ${code(sha256)}${executedSha256 === sha256 ? "" : `, executed as ${code(executedSha256)}`}`,
  );
  const options = Object.entries(report.settings.options).map(
    ([name, value]) => `- ${plain(name)}: ${plain(String(value))}`,
  );
  return `<details><summary>Environment</summary>

${table(header, rows)}

${[...models, ...options, `- isobit ${plain(report.isobit)}, ${plain(report.startedAt)}`].join("\n")}

</details>`;
}

function levelText({ optimizationLevel, threads, batch }: ReportedSource): string {
  return [
    ...(optimizationLevel === null ? [] : [optimizationLevel]),
    ...(threads === null ? [] : [count(threads, "thread")]),
    ...(batch === null ? [] : [`batch ${batch}`]),
  ].join(", ");
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Escapes a name or message, so that it cannot contain Markdown, HTML, a mention or the end of a cell. */
function plain(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\\`*_{}[\]()#+!|~>]/g, String.raw`\$&`)
    .replaceAll("@", "&#64;")
    .replaceAll(/(https?|www)(:|\.)/gi, "$1&#8203;$2");
}

/** For hashes; removes everything else, so that no backtick can end the code. */
function code(hash: string): string {
  return `\`${hash.replaceAll(/[^0-9a-zA-Z]/g, "")}\``;
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
