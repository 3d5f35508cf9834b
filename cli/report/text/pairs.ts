import { colour } from "../../colour.ts";
import { failuresOf } from "../../../library/report/look-up.ts";
import { count, short } from "../../../library/report/numbers.ts";
import { meaningOf, originText, toleranceText } from "../../../library/report/reason.ts";
import type {
  ReportedOutputDrift,
  ReportedPair,
  ReportedRow,
  ReportedSource,
  ReportedTrace,
  RunReport,
} from "#library/report/run-report.ts";
import { type Column, textTable } from "../../text-table.ts";

const COLOURS = {
  IDENTICAL: "green",
  WITHIN_TOLERANCE: "green",
  DRIFT: "yellow",
  INCOMPLETE: "yellow",
  WRONG_RESULT: "red",
  CERTIFICATE_VIOLATED: "red",
} as const;

/** The report for people: what ran, what lies between each pair, where drift begins, what failed, and the outcome. */
export function renderComparison(
  report: RunReport,
  notes: readonly string[],
  { verbose }: { readonly verbose: boolean },
): string {
  const sections = [
    titleOf(report),
    textTable(
      SOURCE_COLUMNS,
      report.environment.filter(({ available }) => available),
    ),
    ...absences(report.environment),
    report.pairs.length > 0 ? textTable(PAIR_COLUMNS, report.pairs) : lonely(report),
    ...outputTables(report.pairs, verbose),
    ...(verbose ? [rowTable(report)] : []),
    ...report.traces.map(traceSection),
    ...failuresOf(report).map(({ code, message, sources, inputs }) => {
      return `${code} (${[...sources].join(", ")}; ${count(inputs.size, "input")}): ${message}`;
    }),
    ...report.certificateViolations.map(({ message }) => colour(["bold", "red"], message)),
    ...(notes.length > 0 ? [notes.map((note) => `Note: ${note}`).join("\n")] : []),
    outcomeLine(report),
  ];
  return `${sections.join("\n\n")}\n`;
}

function titleOf({ models, total, settings }: RunReport): string {
  const names = models.map(({ id, sha256 }) => `${id} (sha256 ${sha256.slice(0, 12)})`).join(" and ");
  return `Model ${names}, ${count(total, "input")}: ${settings.options["inputs"]}. Tolerance: ${toleranceText({ settings })}.`;
}

const SOURCE_COLUMNS: readonly Column<ReportedSource>[] = [
  { title: "source", align: "left", cell: ({ source }) => source },
  {
    title: "runtime",
    align: "left",
    cell: ({ runtime, runtimeVersion }) => (runtime ? `${runtime} ${runtimeVersion}` : "-"),
  },
  { title: "provider", align: "left", cell: ({ executionProvider }) => executionProvider ?? "-" },
  { title: "level", align: "left", cell: ({ optimizationLevel }) => optimizationLevel ?? "-" },
  { title: "device", align: "left", cell: ({ device }) => device ?? "-" },
];

function absences(environment: readonly ReportedSource[]): readonly string[] {
  const absent = environment.filter(({ available }) => !available);
  const lines = absent.map(({ source, reason }) => `${source} took no part: ${reason ?? "no reason is known"}`);
  return lines.length > 0 ? [lines.join("\n")] : [];
}

const PAIR_COLUMNS: readonly Column<ReportedPair>[] = [
  { title: "reference", align: "left", cell: ({ reference }) => reference },
  { title: "other", align: "left", cell: ({ other }) => other },
  { title: "verdict", align: "left", cell: ({ verdict }) => colour(COLOURS[verdict], verdict) },
  { title: "identical", align: "right", cell: ({ identical, compared }) => `${identical} of ${compared}` },
  { title: "elements differing", align: "right", cell: ({ differingElements }) => String(differingElements) },
  { title: "max |delta|", align: "right", cell: ({ maxAbs }) => short(maxAbs) },
  { title: "mean |delta|", align: "right", cell: ({ meanAbs }) => short(meanAbs) },
  { title: "max ULP", align: "right", cell: ({ maxUlp }) => short(maxUlp) },
  { title: "other labels", align: "right", cell: ({ labelMismatches }) => short(labelMismatches) },
  { title: "worst input", align: "left", cell: ({ worstInput }) => worstInput ?? "-" },
];

/** Of a model with one output they would say the same again. */
function outputTables(pairs: readonly ReportedPair[], verbose: boolean): readonly string[] {
  return pairs
    .filter(({ outputs, differingElements }) => outputs.length > 1 && (verbose || differingElements > 0))
    .map(
      ({ reference, other, outputs }) =>
        `${other} against ${reference}, by output:\n${textTable(OUTPUT_COLUMNS, outputs)}`,
    );
}

const OUTPUT_COLUMNS: readonly Column<ReportedOutputDrift>[] = [
  { title: "output", align: "left", cell: ({ output }) => output },
  { title: "verdict", align: "left", cell: ({ verdict }) => colour(COLOURS[verdict], verdict) },
  { title: "elements differing", align: "right", cell: ({ differingElements }) => String(differingElements) },
  { title: "max |delta|", align: "right", cell: ({ maxAbs }) => short(maxAbs) },
  { title: "mean |delta|", align: "right", cell: ({ meanAbs }) => short(meanAbs) },
  { title: "max ULP", align: "right", cell: ({ maxUlp }) => short(maxUlp) },
];

type RowLine = { readonly input: string } & ReportedRow["pairs"][number];

function rowTable({ rows }: RunReport): string {
  const columns: readonly Column<RowLine>[] = [
    { title: "input", align: "left", cell: ({ input }) => input },
    { title: "reference", align: "left", cell: ({ reference }) => reference },
    { title: "other", align: "left", cell: ({ other }) => other },
    { title: "verdict", align: "left", cell: ({ verdict }) => colour(COLOURS[verdict], verdict) },
    { title: "elements differing", align: "right", cell: ({ differingElements }) => String(differingElements) },
    { title: "max |delta|", align: "right", cell: ({ maxAbs }) => short(maxAbs) },
    { title: "max ULP", align: "right", cell: ({ maxUlp }) => short(maxUlp) },
  ];
  return textTable(
    columns,
    rows.flatMap(({ input, pairs }) => pairs.map((pair) => ({ input, ...pair }))),
  );
}

function lonely({ environment }: RunReport): string {
  const names = environment.filter(({ available }) => available).map(({ source }) => source);
  return `Only ${names.join(", ") || "nothing"} took part. A comparison needs two: name another with --backends, or vary one with --levels, --threads, --batch, --repeats or --sessions.`;
}

function traceSection(trace: ReportedTrace): string {
  const { reference, other, weightsDiffer, unmatched, nodes } = trace;
  const introduced = nodes
    .filter(({ bornElements }) => (bornElements ?? 0) > 0)
    .map(({ name, cause }) => `${name} (${cause})`);
  const alone = [
    ...unmatched.reference.map((name) => `${name} of ${reference}`),
    ...unmatched.other.map((name) => `${name} of ${other}`),
  ];
  const lines = [
    originText(trace),
    ...(weightsDiffer.length > 0 ? [`Weights or attributes differ in ${weightsDiffer.join(", ")}.`] : []),
    ...(introduced.length > 0 ? [`Differences are introduced in ${introduced.join(", ")}.`] : []),
    ...notedLines(trace),
    ...wrongLines(trace),
    ...(alone.length > 0
      ? [`Without a counterpart: ${alone.slice(0, 10).join(", ")}${alone.length > 10 ? ", …" : ""}.`]
      : []),
    ...markingLines(trace),
  ];
  return lines.join("\n  ");
}

/** Causes that say little without their notes. */
const TOLD_WITH_NOTES: ReadonlySet<string> = new Set([
  "NAN_PROPAGATION",
  "SPECIAL_VALUE",
  "UNDETERMINED",
  "UNEXPLAINED",
  "WRONG_RESULT",
]);

/** The explainer's notes on differences whose cause is not settled, or that are not rounding. */
function notedLines({ nodes }: ReportedTrace): readonly string[] {
  return nodes.flatMap(({ name, op, bornElements, cause, explanation }) => {
    const notes = explanation?.notes ?? [];
    const open = (bornElements ?? 0) > 0 && cause !== null && TOLD_WITH_NOTES.has(cause);
    return open && notes.length > 0 ? [`${cause} in ${name} (${op}): ${notes.join(" ")}`] : [];
  });
}

function wrongLines({ nodes, reference, other }: ReportedTrace): readonly string[] {
  return nodes.flatMap(({ name, op, explanation }) =>
    (explanation?.wrong ?? []).map(({ side, elements, index, value, exact, bound }) => {
      const source = side === "reference" ? reference : other;
      // A side that gave only zeros is wrong though the exact value is not known.
      const truth = !Number.isFinite(bound) ? "" : `, where ${exact} is exact and at most ${short(bound)} off is right`;
      const sentence = `${source} is wrong in ${name} (${op}): ${count(elements, "element")}, the worst at ${index} with ${value}${truth}.`;
      return colour("red", sentence);
    }),
  );
}

/** Said only where looking inside moved something. */
function markingLines({ marking, reference, other }: ReportedTrace): readonly string[] {
  return [[reference, marking.reference] as const, [other, marking.other] as const].flatMap(
    ([source, { differingElements, maxUlp, optimizationLevel }]) =>
      differingElements > 0
        ? [
            `Looking inside ${source} (level ${optimizationLevel}) moved ${count(differingElements, "element")} of its final outputs, by up to ${short(maxUlp)} ULP.`,
          ]
        : [],
  );
}

function outcomeLine({ outcome, verdict }: RunReport): string {
  const also = outcome === verdict ? "" : ` The verdict by tolerance alone would be ${verdict}.`;
  return `Outcome: ${colour(["bold", COLOURS[outcome]], outcome)}: ${meaningOf(outcome)}.${also}`;
}
