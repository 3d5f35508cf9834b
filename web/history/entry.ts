import type { Verdict } from "#core/verdicts/verdict.ts";
import { compareRows } from "../answers/compare.ts";
import type { AnswerRow } from "../answers/source.ts";

/** A saved sketch: the model's input and the last results. */
export interface HistoryEntry {
  readonly id: string;
  /** Milliseconds since 1970: the time of the first result. */
  readonly createdAt: number;
  /** The time of the last result. */
  readonly answeredAt: number;
  readonly model: string;
  /** Of the model's file: its id may later name another file. */
  readonly modelSha256: string;
  readonly width: number;
  readonly height: number;
  /** width * height grey levels. */
  readonly pixels: Uint8Array;
  readonly verdict: Verdict;
  readonly rows: readonly AnswerRow[];
}

/** The reference's label; null if every source failed. */
export function labelOf({ rows }: Pick<HistoryEntry, "rows">): string | null {
  const reference = compareRows(rows).rows.find(({ isReference }) => isReference)?.row;
  return reference?.ok ? reference.label : null;
}
