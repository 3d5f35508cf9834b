import { stringify } from "csv-stringify/sync";
import { errorOf, predictionOf, type ParityReport, type ReportedRow, type ReportedRowDrift } from "./parity-report.ts";
import { probabilityDrift } from "./probability-drift.ts";

/*
 * parity_summary.csv: one row an image and pair, in the report's order.
 *
 * The first nine columns are those of the Paragon service's harness, so that what reads its file reads this one:
 * `cpu` is the pair's reference and `gpu` is the other source, whatever backends they are; predictions are class
 * indices, `match` compares labels, latencies are in seconds, and the three metrics are over probabilities.
 * Then ours, whose metrics are over logits. An empty cell: that source has no answer, or the metric is not finite.
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
] as const;

export const CSV_COLUMNS = [...PARAGON_COLUMNS, ...OWN_COLUMNS] as const;

type Cell = string | number | null;
type CsvRow = Readonly<Record<(typeof CSV_COLUMNS)[number], Cell>>;

/** The whole file, header and final newline included. */
export function parityCsv(report: ParityReport): string {
  const rows = report.rows.flatMap((row) => {
    const pairs = row.pairs.length > 0 ? row.pairs : [withoutOther(report)];
    return pairs.map((pair) => csvRow(report, row, pair));
  });
  return stringify(rows, { header: true, columns: [...CSV_COLUMNS] });
}

function csvRow({ model }: ParityReport, row: ReportedRow, drift: ReportedRowDrift): CsvRow {
  const reference = predictionOf(row, drift.reference);
  const other = predictionOf(row, drift.other);
  // "differs" and "differs in 0 logits" are claims, and there is none to make where an answer is missing.
  const compared = reference !== null && other !== null;
  const probabilities = probabilityDrift(reference?.probabilities ?? [], other?.probabilities ?? []);
  return {
    image: row.image,
    cpu_pred: reference?.classIndex ?? null,
    gpu_pred: other?.classIndex ?? null,
    match: compared ? String(drift.labelsMatch) : null,
    cpu_latency_sec: seconds(reference?.latencyMs),
    gpu_latency_sec: seconds(other?.latencyMs),
    max_abs_diff: probabilities?.maxAbs ?? null,
    mean_abs_diff: probabilities?.meanAbs ?? null,
    l2_diff: probabilities?.l2 ?? null,
    reference: drift.reference,
    other: drift.other,
    verdict: drift.verdict,
    reference_label: reference?.label ?? null,
    other_label: other?.label ?? null,
    differing_elements: compared ? drift.differingElements : null,
    non_finite_elements: compared ? drift.nonFiniteElements : null,
    logit_max_abs: drift.maxAbs,
    logit_mean_abs: drift.meanAbs,
    logit_l2: drift.l2,
    max_ulp: drift.maxUlp,
    input_sha256: row.inputSha256,
    reference_logits_sha256: reference?.logits.sha256 ?? null,
    other_logits_sha256: other?.logits.sha256 ?? null,
    reference_error: errorOf(row, drift.reference)?.code ?? null,
    other_error: errorOf(row, drift.other)?.code ?? null,
    model: model.id,
    model_sha256: model.sha256,
  };
}

/** A single source has nothing to be compared with; its answers are listed all the same. */
function withoutOther({ reference, verdict }: ParityReport): ReportedRowDrift {
  const metrics = { differingElements: 0, nonFiniteElements: 0, maxAbs: null, meanAbs: null, l2: null, maxUlp: null };
  return { reference, other: "", verdict, labelsMatch: false, ...metrics };
}

/** To the microsecond, as Paragon's service has it. */
function seconds(latencyMs: number | null | undefined): string | null {
  return latencyMs === null || latencyMs === undefined ? null : (latencyMs / 1000).toFixed(6);
}
