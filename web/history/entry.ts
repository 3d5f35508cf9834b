import type { Verdict } from "#core/verdicts/verdict.ts";
import { compareRows } from "../answers/compare.ts";
import type { AnswerRow } from "../answers/source.ts";

/** A sketch as it is kept: what the model was sent, and what was answered last. */
export interface HistoryEntry {
  readonly id: string;
  /** Milliseconds since 1970: when it was first answered. */
  readonly createdAt: number;
  /** When it was last answered. */
  readonly answeredAt: number;
  readonly model: string;
  /** Of the model's file; an id may come to name another file. */
  readonly modelSha256: string;
  readonly width: number;
  readonly height: number;
  /** width * height grey levels. */
  readonly pixels: Uint8Array;
  readonly verdict: Verdict;
  readonly rows: readonly AnswerRow[];
}

/** The label that the sketch goes by: that of the reference; null where nobody answered. */
export function labelOf({ rows }: Pick<HistoryEntry, "rows">): string | null {
  const reference = compareRows(rows).rows.find(({ isReference }) => isReference)?.row;
  return reference?.ok ? reference.label : null;
}
