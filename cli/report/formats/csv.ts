import { stringify } from "csv-stringify/sync";
import { probabilityDrift } from "../probability-drift.ts";
import type { ReportFormat } from "../format.ts";
import { answerOf, hasAnswered, modelOf } from "#library/report/look-up.ts";
import type { ReportedAnswer, ReportedRow, RunReport } from "#library/report/run-report.ts";

/*
 * One row per input and pair, in the report's order.
 *
 * The first nine columns are those of the Paragon service's harness, so that its readers can read this file: `cpu` is
 * the pair's reference and `gpu` is the other source, on any backend; predictions are class indices, `match` compares
 * labels, latencies are in seconds, and the three metrics are over probabilities. They are empty for a model that is
 * not a classifier. The metrics of the other columns are over the outputs themselves. A cell is empty if the source has
 * no result or the metric is not finite. The hashes of several outputs are separated by spaces, in the model's order.
 */

const PARAGON_COLUMNS = [
  "image",
  "cpu_pred",
  "gpu_pred",
  "match",
  "cpu_latency_sec",
  "gpu_latency_sec",
  "max_abs_diff",
  "mean_abs_diff",
  "l2_diff",
] as const;

const OWN_COLUMNS = [
  "reference",
  "other",
  "verdict",
  "reference_label",
  "other_label",
  "differing_elements",
  "non_finite_elements",
  "logit_max_abs",
  "logit_mean_abs",
  "logit_l2",
  "max_ulp",
  "input_sha256",
  "reference_logits_sha256",
  "other_logits_sha256",
  "reference_error",
  "other_error",
  "model",
  "model_sha256",
  "other_model",
  "other_model_sha256",
  "expected",
] as const;

export const CSV_COLUMNS = [...PARAGON_COLUMNS, ...OWN_COLUMNS] as const;

type Cell = string | number | null;
type CsvRow = Readonly<Record<(typeof CSV_COLUMNS)[number], Cell>>;
type RowPair = ReportedRow["pairs"][number];

export const CSV: ReportFormat = {
  name: "csv",
  file: "parity_summary.csv",
  purpose: "one row per input and pair; the first columns are those of the Paragon harness (`cpu` is the reference)",
  holds: ["inputs", "errors"],
  write: reportCsv,
};

export function reportCsv(report: RunReport): string {
  const rows = report.rows.flatMap((row) => {
    const pairs = row.pairs.length > 0 ? row.pairs : [withoutOther(report)];
    return pairs.map((pair) => csvRow(report, row, pair));
  });
  return stringify(rows, { header: true, columns: [...CSV_COLUMNS] });
}

function csvRow(report: RunReport, row: ReportedRow, drift: RowPair): CsvRow {
  const reference = answerOf(row, drift.reference);
  const other = answerOf(row, drift.other);
  // Without both results, neither "differs" nor "differs in 0 elements" would be true.
  const compared = hasAnswered(row, drift.reference) && hasAnswered(row, drift.other);
  const probabilities = probabilityDrift(
    reference?.prediction?.probabilities ?? [],
    other?.prediction?.probabilities ?? [],
  );
  const model = modelOf(report, drift.reference);
  const otherModel = modelOf(report, drift.other);
  return {
    image: row.input,
    cpu_pred: reference?.prediction?.classIndex ?? null,
    gpu_pred: other?.prediction?.classIndex ?? null,
    match: compared && drift.labelsMatch !== null ? String(drift.labelsMatch) : null,
    cpu_latency_sec: seconds(reference?.latencyMs),
    gpu_latency_sec: seconds(other?.latencyMs),
    max_abs_diff: probabilities?.maxAbs ?? null,
    mean_abs_diff: probabilities?.meanAbs ?? null,
    l2_diff: probabilities?.l2 ?? null,
    reference: drift.reference,
    other: drift.other,
    verdict: drift.verdict,
    reference_label: reference?.prediction?.label ?? null,
    other_label: other?.prediction?.label ?? null,
    differing_elements: compared ? drift.differingElements : null,
    non_finite_elements: compared ? drift.nonFiniteElements : null,
    logit_max_abs: drift.maxAbs,
    logit_mean_abs: drift.meanAbs,
    logit_l2: drift.l2,
    max_ulp: drift.maxUlp,
    input_sha256: row.inputSha256,
    reference_logits_sha256: hashes(reference),
    other_logits_sha256: hashes(other),
    reference_error: reference?.error?.code ?? null,
    other_error: other?.error?.code ?? null,
    model: model?.id ?? null,
    model_sha256: model?.sha256 ?? null,
    other_model: otherModel?.id ?? null,
    other_model_sha256: otherModel?.sha256 ?? null,
    expected: row.expected,
  };
}

/** The results of a single source are listed too, without a comparison. */
function withoutOther({ reference, verdict }: RunReport): RowPair {
  const metrics = { differingElements: 0, nonFiniteElements: 0, maxAbs: null, meanAbs: null, l2: null, maxUlp: null };
  return { reference, other: "", verdict, labelsMatch: null, ...metrics };
}

function hashes(answer: ReportedAnswer | null): string | null {
  return answer?.tensors.map(({ sha256 }) => sha256).join(" ") || null;
}

/** To the microsecond, as in Paragon's file. */
function seconds(latencyMs: number | null | undefined): string | null {
  return latencyMs === null || latencyMs === undefined ? null : (latencyMs / 1000).toFixed(6);
}
