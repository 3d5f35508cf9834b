import { count } from "./numbers.ts";
import { driftText, meaningOf } from "./reason.ts";
import { headlineTexts } from "./trace-text.ts";
import { ulpText } from "./ulp-text.ts";
import type { ReportedPair, RunReport } from "./run-report.ts";

/**
 * A run's outcome as a person reads it: the verdict in one sentence, then a line for each pair that drifts, for where that
 * begins, for each broken certificate and for what is missing.
 */
export function verdictText(report: RunReport): string {
  const { models, total, outcome, pairs, traces, certificateViolations } = report;
  const names = models.map(({ id }) => id).join(" and ");
  return [
    `${outcome}: ${meaningOf(outcome)} (${names}, ${total} ${total === 1 ? "input" : "inputs"}).`,
    ...pairs.filter(({ verdict }) => verdict === "DRIFT").map((pair) => pairLine(report, pair)),
    ...traces.flatMap(headlineTexts),
    ...certificateViolations.map(({ message }) => message),
    ...(outcome === "INCOMPLETE" ? missingLines(report) : []),
  ].join("\n");
}

function pairLine(report: RunReport, pair: ReportedPair): string {
  const { reference, other, identical, compared, worstInput } = pair;
  const worst = worstInput === null ? "" : `; input ${worstInput} drifts furthest`;
  return `${other} and ${reference} agree on ${identical} of ${count(compared, "input")}: ${driftText(pair, ulpText(report, pair))}${worst}.`;
}

/** Each reason once. */
function missingLines({ environment, rows, pairs }: RunReport): readonly string[] {
  const absent = environment.filter(({ available }) => !available);
  const failed = rows.flatMap(({ outputs }) =>
    outputs.flatMap(({ source, error }) => (error === null ? [] : [`${source}: ${error.code}: ${error.message}`])),
  );
  return [
    ...(pairs.length === 0 ? ["A comparison needs two sources."] : []),
    ...absent.map(({ source, reason }) => `${source} was skipped: ${reason ?? "no reason is known."}`),
    ...new Set(failed),
  ];
}
