import { join } from "node:path";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { askBatch, type SweepRequest } from "./ask-batch.ts";
import { batchesOf } from "./batches.ts";
import type { CheckedRow } from "./checked-row.ts";
import { type DataSet, openDataSet } from "./data-set.ts";
import type { DataSetOptions } from "./data-set-hash.ts";
import { headerOf, type SweepHeader } from "./header.ts";
import { inOrder } from "./in-order.ts";
import { BATCHES_IN_FLIGHT } from "./limits.ts";
import { createResults, NO_RESULTS, type ResultsFile, resumeResults } from "./results-file.ts";
import { chooseSide, type Sides } from "./asked-side.ts";
import type { Subject, SubjectWanted } from "./subject.ts";
import { SweepTotals } from "./totals.ts";
import { worstImages } from "./worst-images.ts";

export interface SweepWanted extends SubjectWanted, DataSetOptions {
  /** The folder of the results file; null: none is kept. */
  readonly out: string | null;
  readonly resume?: string;
  readonly batch: number;
  readonly tolerance: Tolerance | null;
}

/** How far a sweep came, for a caller whose sweep ended early. */
export interface SweepState {
  /** Null before anything was asked. */
  started: { readonly path: string | null; readonly images: number; readonly totals: SweepTotals } | null;
}

/** Images. */
export interface SweepProgress {
  readonly done: number;
  /** Of those, what an earlier run had done. */
  readonly already: number;
  readonly total: number;
}

interface SweepRun {
  readonly stop: AbortSignal;
  readonly state: SweepState;
  onProgress(progress: SweepProgress): void;
}

/** A sweep that came to its end. */
export interface Sweep {
  readonly subject: Subject;
  readonly header: SweepHeader;
  readonly totals: SweepTotals;
  readonly path: string | null;
  /** Images that an earlier run had done. */
  readonly resumed: number;
  /** Of this run, from the first request to the last answer. */
  readonly elapsedMs: number;
  /** Base64 PNG by id. */
  readonly images: ReadonlyMap<string, string>;
  /** What was assumed, in sentences. */
  readonly notes: readonly string[];
}

/**
 * The whole of a sweep on one stack: find what is compared, open the images, the results file, ask in batches, add up.
 * @throws LibraryError; `state` then has the progress, and the file holds everything up to it
 */
export async function sweepOn(
  sides: Sides,
  wanted: SweepWanted,
  { stop, state, onProgress }: SweepRun,
): Promise<Sweep> {
  const { url, subject } = await chooseSide(sides, wanted, stop);
  const dataSet = await openDataSet(wanted, subject.model);
  try {
    const { count: images } = dataSet.images;
    const totals = new SweepTotals(subject, images);
    const header = headerOf(subject, dataSet, wanted.tolerance);
    const results = await openResults(wanted, header, (row) => totals.add(row));
    state.started = { path: results.path, images, totals };
    const resumed = totals.count;
    try {
      const hasAnswered = (source: string): boolean => totals.hasAnswered(source);
      const request = { url, subject, tolerance: wanted.tolerance, hasAnswered };
      const elapsedMs = await askAll(request, dataSet, { batch: wanted.batch, results, totals, stop, onProgress });
      const pngs = await worstImages(dataSet, totals);
      return {
        subject,
        header,
        totals,
        path: results.path,
        resumed,
        elapsedMs,
        images: pngs,
        notes: dataSet.images.notes,
      };
    } finally {
      await results.close();
    }
  } finally {
    await dataSet.images.close();
  }
}

function openResults(
  { out, resume }: SweepWanted,
  header: SweepHeader,
  onRow: (row: CheckedRow) => void,
): Promise<ResultsFile> | ResultsFile {
  if (resume !== undefined) return resumeResults(resume, header, onRow);
  return out === null ? NO_RESULTS : createResults(join(out, "sweep.jsonl"), header);
}

/** A few batches at once, written in the data set's order as they are answered. @returns the time it took */
async function askAll(
  request: SweepRequest,
  { images, input: { elements } }: DataSet,
  run: {
    readonly batch: number;
    readonly results: ResultsFile;
    readonly totals: SweepTotals;
  } & Pick<SweepRun, "stop" | "onProgress">,
): Promise<number> {
  const { batch, results, totals, stop, onProgress } = run;
  const batches = batchesOf(images, { size: batch, elements, isDone: (index) => totals.isDone(index) });
  const already = totals.count;
  const started = performance.now();
  const tell = (): void => onProgress({ done: totals.count, already, total: images.count });
  tell();
  for await (const rows of inOrder(
    batches,
    (each, signal) => askBatch(request, each, signal),
    BATCHES_IN_FLIGHT,
    stop,
  )) {
    await results.append(rows.map(({ row }) => row));
    for (const row of rows) totals.add(row);
    tell();
  }
  return performance.now() - started;
}
