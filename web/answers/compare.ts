import { compareLogits } from "#core/verdicts/logit-drift.ts";
import type { LogitDrift, Verdict } from "#core/verdicts/verdict.ts";
import type { AnswerRow } from "./source.ts";

type Answered = Extract<AnswerRow, { ok: true }>;

/** One source against the reference; null where it is the reference, or where either has no answer. */
export interface ComparedRow {
  readonly row: AnswerRow;
  readonly isReference: boolean;
  readonly drift: LogitDrift | null;
}

export interface SketchComparison {
  readonly verdict: Verdict;
  /** The name of the reference; null where nobody answered. */
  readonly reference: string | null;
  readonly rows: readonly ComparedRow[];
}

/** Whom the others are compared with, the first of these that answered. */
const REFERENCES = ["CPU", "WASM"];

/**
 * All rows of one sketch held against the reference by the core's own comparison, bits and no tolerance. A row without
 * an answer, and a row alone, leave it INCOMPLETE.
 */
export function compareRows(rows: readonly AnswerRow[]): SketchComparison {
  const answered = rows.filter((row): row is Answered => row.ok);
  const preferred = REFERENCES.map((name) => answered.find(({ source }) => source === name));
  const reference = preferred.find((row) => row !== undefined) ?? answered[0];
  const compared = rows.map((row) => ({
    row,
    isReference: row === reference,
    drift: reference && row.ok && row !== reference ? compareLogits(reference.logits, row.logits, null) : null,
  }));
  return { verdict: verdictOf(compared), reference: reference?.source ?? null, rows: compared };
}

function verdictOf(rows: readonly ComparedRow[]): Verdict {
  const drifts = rows.flatMap(({ drift }) => drift ?? []);
  if (drifts.length === 0 || drifts.length < rows.length - 1) return "INCOMPLETE";
  return drifts.some(({ verdict }) => verdict !== "IDENTICAL") ? "DRIFT" : "IDENTICAL";
}
