import { sameBits } from "#core/tensors/bits.ts";
import { browserAlarms } from "../runtime/browser-alarms.ts";
import { compareRows } from "../answers/compare.ts";
import type { AnswerRow, AnswerSource } from "../answers/source.ts";
import type { Failure } from "../failures.ts";
import { plural } from "../format.ts";
import type { HistoryEntry } from "./entry.ts";

export interface Rerun {
  readonly entry: HistoryEntry;
  /** Violated certificates. */
  readonly alarms: readonly Failure[];
}

/**
 * Runs a saved sketch again on every source.
 * @throws CombinedError or Error if no source has a result
 */
export async function rerun(
  entry: HistoryEntry,
  sources: readonly AnswerSource[],
  now: number,
  signal: AbortSignal,
): Promise<Rerun> {
  const request = { pixels: entry.pixels, model: entry.model };
  const asked = await Promise.allSettled(sources.map((source) => source.ask(request, signal)));
  const answers = asked.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const rows = new Map<string, AnswerRow>();
  for (const row of answers.flatMap((answer) => answer.rows)) rows.set(row.source, row);
  const all = [...rows.values()];
  const failure = asked.find(({ status }) => status === "rejected");
  if (!all.some(({ ok }) => ok) && failure?.status === "rejected") throw failure.reason;
  return {
    entry: { ...entry, answeredAt: now, rows: all, verdict: compareRows(all).verdict },
    alarms: [...answers.flatMap(({ alarms }) => alarms), ...(await browserAlarms(request, all))],
  };
}

/** Whether the results have the same bits as before. */
export function changeBetween(before: HistoryEntry, after: HistoryEntry): string {
  const both = after.rows.flatMap((row) => {
    const old = before.rows.find(({ source }) => source === row.source);
    return row.ok && old?.ok ? [{ source: row.source, same: sameBits(row.logits, old.logits) }] : [];
  });
  if (both.length === 0) return "Run again. No backend has results of both runs, so there is nothing to compare.";
  const changed = both.filter(({ same }) => !same).map(({ source }) => source);
  if (changed.length === 0) return `Run again: the same bits as before on ${plural(both.length, "backend")}.`;
  return `Run again: ${changed.join(", ")} gave different bits.`;
}
