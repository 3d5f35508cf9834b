import junit, { type Builder } from "junit-report-builder";
import type { ReportFormat } from "../format.ts";
import { count } from "#library/report/numbers.ts";
import { answerOf, sourceOf } from "#library/report/look-up.ts";
import { pairTitle, softmaxText } from "#library/report/of-peer.ts";
import { headlineTexts } from "#library/report/trace-text.ts";
import { driftText, meaningOf, passes, toleranceText } from "#library/report/reason.ts";
import { ulpText } from "#library/report/ulp-text.ts";
import type { ReportedPair, ReportedRow, RunReport } from "#library/report/run-report.ts";

/** The types wrongly declare a default export inside the import. */
const BUILDER = junit as unknown as Builder;

type Suite = ReturnType<Builder["testSuite"]>;
type Case = ReturnType<Suite["testCase"]>;

export const JUNIT: ReportFormat = {
  name: "junit",
  file: "parity_junit.xml",
  purpose: "one test case per input, for a CI server",
  holds: ["inputs", "errors", "environment", "traces", "violations"],
  write: reportJunit,
};

/**
 * One test suite per pair, one test case per input. Drift is a failure with its numbers; a missing result is an error.
 * Alarms, which no tolerance hides, have their own suite. A test case fails exactly if the command does not exit with 0.
 */
export function reportJunit(report: RunReport): string {
  const builder = BUILDER.newBuilder().name(`isobit ${report.kind}`);
  for (const pair of report.pairs) addPair(builder.testSuite(), report, pair);
  if (report.pairs.length === 0) addLonely(builder.testSuite(), report);
  addAlarms(builder, report);
  return builder.build();
}

function addPair(suite: Suite, report: RunReport, pair: ReportedPair): void {
  const name = pairTitle(pair);
  describe(suite.name(name), report, [pair.reference, pair.other]);
  const softmax = softmaxText(pair);
  if (softmax !== null) suite.property("softmax", softmax);
  for (const row of report.rows) {
    const drift = row.pairs.find(({ reference, other }) => reference === pair.reference && other === pair.other);
    if (!drift) continue;
    const test = suite.testCase().name(`input ${row.input}`).className(`isobit.${name}`);
    test.time((answerOf(row, pair.other)?.latencyMs ?? 0) / 1000);
    judge(
      test,
      drift.verdict,
      `${driftText(drift)}${labelText(drift)}`,
      missingText(row, [pair.reference, pair.other]),
      tracesOf(report, pair, row).flatMap(headlineTexts),
    );
  }
  // The report of a long run has only some of its inputs: this is the result over all of them.
  if (report.rows.length >= report.total) return;
  const test = suite
    .testCase()
    .name(report.total === 1 ? "the input" : `all ${report.total} inputs`)
    .className(`isobit.${name}`);
  judge(
    test,
    pair.verdict,
    driftText(pair, ulpText(report, pair)),
    `${pair.compared} of ${count(report.total, "input")} ${report.total === 1 ? "was" : "were"} answered by both`,
  );
}

function judge(
  test: Case,
  verdict: ReportedPair["verdict"],
  drift: string,
  missing: string,
  origins: readonly string[] = [],
): void {
  if (verdict === "DRIFT") test.failure(`${verdict}: ${drift}`, verdict);
  if (verdict === "INCOMPLETE") test.error(`${verdict}: ${missing}`, verdict);
  const lines = [...(verdict === "WITHIN_TOLERANCE" ? [`${verdict}: ${drift}`] : []), ...origins];
  if (lines.length > 0) test.standardOutput(cdata(lines.join("\n")));
}

/** Where an input's drift begins. It explains the input's case and is not a case itself, since it cannot fail. */
function tracesOf({ traces }: RunReport, pair: ReportedPair, { input }: ReportedRow): RunReport["traces"] {
  return traces.filter(
    (trace) => trace.reference === pair.reference && trace.other === pair.other && trace.input === input,
  );
}

function labelText({ labelsMatch }: ReportedRow["pairs"][number]): string {
  return labelsMatch === false ? ", the labels differ" : "";
}

function missingText(row: ReportedRow, sources: readonly string[]): string {
  const errors = sources.flatMap((source) => {
    const error = answerOf(row, source)?.error;
    return error ? [`${source}: ${error.code}: ${error.message}`] : [];
  });
  return errors.join("; ") || "a result is missing";
}

function addLonely(suite: Suite, report: RunReport): void {
  describe(suite.name(report.reference), report, [report.reference]);
  const test = suite.testCase().name("comparison").className(`isobit.${report.reference}`);
  test.error(`INCOMPLETE: only ${report.reference} ran, and a comparison needs two sources`, "INCOMPLETE");
}

/** Only what fails: a report without an alarm has no case for one. */
function addAlarms(builder: Builder, report: RunReport): void {
  const wrong = report.traces.filter(({ outcome }) => outcome === "WRONG_RESULT");
  if (wrong.length + report.certificateViolations.length === 0) return;
  const suite = builder.testSuite().name("wrong results and violated certificates").timestamp(second(report.startedAt));
  for (const trace of wrong) {
    const test = suite.testCase().name(`trace of ${trace.other} against ${trace.reference}, input ${trace.input}`);
    test.className("isobit.trace").failure(`WRONG_RESULT: ${headlineTexts(trace).join(" ")}`, "WRONG_RESULT");
  }
  for (const { code, message, input, reference, other, modelSha256, inputSha256 } of report.certificateViolations) {
    const test = suite.testCase().name(`certificate: ${other} against ${reference}, input ${input}`);
    test.className("isobit.certificate").failure(`${message} Model ${modelSha256}, input ${inputSha256}.`, code);
  }
}

function describe(suite: Suite, report: RunReport, sources: readonly string[]): void {
  suite.timestamp(second(report.startedAt));
  suite.property("isobit", report.isobit).property("tolerance", toleranceText(report));
  for (const { id, sha256 } of report.models) suite.property(`model ${id}`, sha256);
  for (const source of sources) {
    const found = sourceOf(report, source);
    if (found) suite.property(source, sourceText(found));
  }
  if (!passes(report.outcome)) suite.property("outcome of the run", `${report.outcome}: ${meaningOf(report.outcome)}`);
}

/**
 * Text that the builder writes as CDATA. The builder escapes only the first `]]>`, and removes characters that are not
 * valid in XML only afterwards, which can create another.
 */
function cdata(text: string): string {
  return text.replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "").replaceAll("]]>", "]] >");
}

/** UTC to the second, which every reader of JUnit's XML understands. */
function second(timestamp: string): string {
  return timestamp.slice(0, "2026-01-02T03:04:05".length);
}

function sourceText(source: NonNullable<ReturnType<typeof sourceOf>>): string {
  const { runtime, runtimeVersion, executionProvider, optimizationLevel, device, reason } = source;
  const level = optimizationLevel === null ? null : `level ${optimizationLevel}`;
  const runs = [runtime && `${runtime} ${runtimeVersion ?? ""}`.trim(), executionProvider, level, device];
  return [...runs, reason].filter((part) => part).join(", ");
}
