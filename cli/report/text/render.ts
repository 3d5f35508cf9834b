import { placementText } from "#core/backends/placement.ts";
import { EXPECTED } from "#library/compare/sources.ts";
import { failuresOf, lackOf } from "#library/report/look-up.ts";
import { goldenMachine } from "#library/report/golden-machine.ts";
import { count } from "#library/report/numbers.ts";
import { meaningOf, toleranceText } from "#library/report/reason.ts";
import type { ReportedSource, RunReport } from "#library/report/run-report.ts";
import { adviceFor } from "../../advice.ts";
import { colour } from "../../colour.ts";
import { withFlags } from "../../flags.ts";
import { paintAlarm, paintOutcome } from "../../outcome-colour.ts";
import { type Column, textTable } from "../../text-table.ts";
import { imageSections } from "./images.ts";
import { pairSections } from "./pairs.ts";
import { stabilitySections } from "./stability.ts";
import { traceSection } from "./trace.ts";

export interface RenderOptions {
  /** Every input, output and probability, and the whole reason why a source was skipped. */
  readonly verbose?: boolean;
  /** The sources that the user named: the full reason is given when one of them was skipped. */
  readonly asked?: readonly string[] | undefined;
  /** Sections that only this command has, after the pairs. */
  readonly sections?: readonly string[];
  readonly notes?: readonly string[];
}

/** A report for the terminal: what ran, how much each pair differs, where drift begins, what failed, and the outcome. */
export function renderReport(
  report: RunReport,
  { verbose = false, asked = [], sections = [], notes = [] }: RenderOptions = {},
): string {
  // The settings' names say all that a line per source would.
  const isProbe = report.settings.options["stable"] === true;
  const all = [
    titleOf(report),
    ...goldenMachine(report),
    ...sourceSections(report, (source) => verbose || asked.includes(source)),
    ...(isProbe && !verbose ? stabilitySections(report) : comparedSections(report, verbose)),
    ...sections,
    ...(isProbe && !verbose ? [] : report.traces.map(traceSection)),
    ...peerNotes(report),
    ...failureSections(report),
    ...violationSections(report),
    ...(notes.length > 0 ? [notes.map((note) => `Note: ${note}`).join("\n")] : []),
    outcomeSection(report),
  ];
  return `${all.join("\n\n")}\n`;
}

function comparedSections(report: RunReport, verbose: boolean): string[] {
  return report.kind === "parity" ? imageSections(report, { verbose }) : pairSections(report, { verbose });
}

/** compare takes any tensors; parity and sweep take images. */
function nounOf({ kind }: RunReport): string {
  return kind === "compare" ? "input" : "image";
}

function titleOf(report: RunReport): string {
  const { models, total, settings, kind } = report;
  const names = models.map(({ id, sha256 }) => `${id} (sha256 ${sha256.slice(0, 12)})`).join(" and ");
  const inputs = settings.options["inputs"];
  const which = inputs === undefined ? "" : `${kind === "sweep" ? " of" : ":"} ${String(inputs)}`;
  return `Model ${names}, ${count(total, nounOf(report))}${which}. Tolerance: ${toleranceText(report)}.`;
}

const SIDE: Column<ReportedSource> = { title: "side", align: "left", cell: ({ side }) => side?.toLowerCase() ?? "-" };

/** What ran, and what was skipped unless an error says so already. A reason that several sources share is given once. */
function sourceSections(report: RunReport, inFull: (source: string) => boolean): string[] {
  const { environment, reference } = report;
  const columns: readonly Column<ReportedSource>[] = [
    {
      title: "source",
      align: "left",
      cell: ({ source }) => (source === reference ? `${source} (reference)` : source),
    },
    ...(environment.some(({ side }) => side !== null) ? [SIDE] : []),
    {
      title: "runtime",
      align: "left",
      cell: ({ runtime, runtimeVersion }) => [runtime ?? "-", runtimeVersion ?? ""].join(" "),
    },
    { title: "provider", align: "left", cell: ({ executionProvider }) => executionProvider ?? "-" },
    { title: "level", align: "left", cell: ({ optimizationLevel }) => optimizationLevel ?? "-" },
    { title: "device", align: "left", cell: ({ device }) => device ?? "-" },
  ];
  const failed = new Set(failuresOf(report).flatMap(({ sources }) => [...sources]));
  const isProbe = report.settings.options["stable"] === true;
  const bases = new Set(report.pairs.map((pair) => pair.reference));
  const ran = environment.filter(({ available, source }) => available && (!isProbe || bases.has(source)));
  const skipped = environment.filter(({ available, source }) => !available && !failed.has(source));
  const reasons = Map.groupBy(skipped, ({ source, reason }) => {
    if (reason === null) return "the reason is not known";
    return withFlags(inFull(source) ? reason : inBrief(reason));
  });
  const lines = [...reasons].map(([why, same]) => `${same.map(({ source }) => source).join(", ")} skipped: ${why}`);
  const placed = ran.flatMap(({ source, placement }) => (placement ? [`${source}: ${placementText(placement)}.`] : []));
  const table = [
    ...(ran.length > 0 ? [textTable(columns, ran)] : []),
    ...(placed.length > 0 ? [placed.join("\n")] : []),
  ];
  return [...table, ...(lines.length > 0 ? [lines.join("\n")] : [])];
}

/** "No NVIDIA driver. On a machine …" as "no NVIDIA driver."; of ONNX Runtime's words, the message in them. */
function inBrief(reason: string): string {
  const message = /Status Message: (.*)$/s.exec(reason)?.[1];
  if (message !== undefined) return message;
  const [sentence] = /^.*?\.(?=\s)/s.exec(reason) ?? [reason];
  return sentence.replace(/^[A-Z](?=[a-z]*\b)/, (letter) => letter.toLowerCase());
}

/** Each doubt about a peer once. */
function peerNotes({ rows }: RunReport): string[] {
  const notes = rows.flatMap(({ outputs }) =>
    outputs.flatMap(({ source, peer }) => (peer?.note ? [`${source}: ${peer.note}`] : [])),
  );
  return [...new Set(notes)];
}

/** Names that a sentence lists at most. */
const MOST_NAMES = 20;

/** Every distinct error once, with the sources and inputs that it stopped. There is advice only for errors of a side. */
function failureSections(report: RunReport): string[] {
  const noun = nounOf(report);
  return failuresOf(report).map(({ code, message, sources, inputs }) => {
    const names = [...inputs].slice(0, MOST_NAMES).join(", ");
    const more = inputs.size > MOST_NAMES ? ` and ${inputs.size - MOST_NAMES} more` : "";
    const where =
      inputs.size === report.total ? `every ${noun}` : `${noun}${inputs.size === 1 ? "" : "s"} ${names}${more}`;
    const advice = report.kind === "compare" ? "" : `\n  ${adviceFor(code)}`;
    return `${colour("red", code)}: ${lackOf(code)} of ${[...sources].join(", ")} for ${where}\n  ${withFlags(message)}${advice}`;
  });
}

/** Either a backend computes wrongly, or an assumption of the proof does not hold: both need evidence. */
function violationSections({ certificateViolations }: RunReport): string[] {
  return certificateViolations.map(({ message, modelSha256, inputSha256 }) => {
    const evidence = `model ${modelSha256}\n  input ${inputSha256}\n  The JSON report (--report json) holds the input and both answers, bit by bit.`;
    return `${paintAlarm(message)}\n  ${evidence}`;
  });
}

function outcomeSection(report: RunReport): string {
  const { verdict, outcome, settings } = report;
  const also = outcome === verdict ? "" : ` The verdict by tolerance alone would be ${verdict}.`;
  const line = `Outcome: ${paintOutcome(outcome)}: ${meaningOf(outcome)}.${also}`;
  if (outcome !== "DRIFT") return line;
  const since = settings.options["goldenSavedAt"];
  if (since !== undefined) return `${line}\nBits are not those of the golden that was saved at ${String(since)}.`;
  return `${line}\n${driftAdvice(report)}`;
}

function driftAdvice({ settings, pairs, environment }: RunReport): string {
  const { tolerance, outputTolerances } = settings;
  if (tolerance !== null || Object.keys(outputTolerances).length > 0) return "A difference exceeds the tolerance.";
  const sources = pairs
    .filter(({ verdict }) => verdict === "DRIFT")
    .flatMap(({ reference, other }) =>
      [reference, other].map((name) => environment.find((each) => each.source === name)),
    );
  const differ = (key: "model" | "backend"): boolean => new Set(sources.map((each) => each?.[key])).size > 1;
  const why = sources.some((each) => each?.source === EXPECTED)
    ? "Saved outputs may come from another runtime, version or machine"
    : differ("model")
      ? "Two models can round differently"
      : differ("backend")
        ? "Float32 models drift between backends"
        : "A backend can round differently with other settings";
  return `${why}; --abs, --rel and --ulp set a tolerance.`;
}
