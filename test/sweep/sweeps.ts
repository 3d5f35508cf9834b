import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SweepHeader } from "#library/sweep/header.ts";
import type { SweepSummary } from "#library/sweep/summary.ts";
import type { SweptRow } from "#library/sweep/swept-row.ts";

/* What the tests of `isobit sweep` share: reading what it wrote. */

export function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "isobit-sweep-"));
}

export interface Results {
  readonly header: SweepHeader;
  readonly rows: readonly SweptRow[];
}

/** sweep.jsonl, each line of which must be whole. */
export async function readResults(folder: string): Promise<Results> {
  const [header, ...rows] = await readWholeLines(folder);
  return { header: header as SweepHeader, rows: rows as SweptRow[] };
}

/** Its whole lines, parsed; what a killed sweep tore off is left out. */
export async function readWholeLines(folder: string): Promise<unknown[]> {
  const text = await readFile(join(folder, "sweep.jsonl"), "utf8").catch(() => "");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);
}

export function summaryIn(stdout: string): SweepSummary {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as SweepSummary;
}

/** A summary without what no two runs have in common. */
export function lasting(summary: SweepSummary): unknown {
  const { rate: _rate, elapsedMs: _elapsed, resumed: _resumed, results: _results, ...rest } = summary;
  return rest;
}
