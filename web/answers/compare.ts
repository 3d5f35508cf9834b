import { compareLogits } from "#core/verdicts/logit-drift.ts";
import type { LogitDrift, Verdict } from "#core/verdicts/verdict.ts";
import type { AnswerRow } from "./source.ts";

type Answered = Extract<AnswerRow, { ok: true }>;

/** One source against the reference. */
export interface ComparedRow {
  readonly row: AnswerRow;
  readonly isReference: boolean;
  /** Null for the reference, and where a result is missing. */
  readonly drift: LogitDrift | null;
}

export interface SketchComparison {
  readonly verdict: Verdict;
  /** The source that the others are compared with; null if every source failed. */
  readonly reference: string | null;
  readonly rows: readonly ComparedRow[];
}

/** The preferred references; otherwise the first source with a result. */
const REFERENCES = ["CPU", "WASM"];

/** Compares all rows of one sketch with the reference, bit by bit. INCOMPLETE if a result is missing or there is only one. */
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
