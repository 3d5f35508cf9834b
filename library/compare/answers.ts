import { IsobitError } from "#core/errors.ts";
import { feedsFor } from "#core/trace/match.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import type { InputRow, InputSet } from "../inputs/input-set.ts";
import { stacked, unstacked } from "./batches.ts";
import type { BatchGroup } from "./batched-evaluator.ts";
import type { ComparedModel } from "./compared-model.ts";
import type { PlacedSession } from "./placed-session.ts";
import type { Runner } from "./runner.ts";
import { sessionKey, type Source } from "./sources.ts";

/** What one source gave for one input. */
export type Answer =
  | {
      readonly ok: true;
      readonly outputs: NamedTensors;
      /** This input's share of the run. */
      readonly latencyMs: number | null;
    }
  | { readonly ok: false; readonly error: IsobitError };

export interface AnsweredRow {
  readonly row: InputRow;
  /** By the source's name. */
  readonly answers: ReadonlyMap<string, Answer>;
}

export interface AnsweringSource {
  readonly source: Source;
  /** Its session is open in this runner; or why it has none. */
  readonly runner: Runner | IsobitError;
  /** Set where some of its nodes run on the CPU. */
  readonly placed?: PlacedSession | null;
}

/**
 * Has every source answer every input, a few inputs at a time: runners work side by side, the sources of one runner in
 * turn. A batch that the inputs do not fill is filled with the same inputs again.
 */
export async function* answersOf(
  inputs: InputSet,
  sources: readonly AnsweringSource[],
  models: readonly ComparedModel[],
): AsyncGenerator<AnsweredRow> {
  const [first] = models;
  const size = largestBatch(sources);
  for await (const rows of chunks(inputs, size)) {
    const bySource = new Map<string, readonly Answer[]>();
    const answer = async ({ source, runner }: AnsweringSource): Promise<void> => {
      const model = models[source.model];
      const feeds = rows.map((row) => attempt(() => asFeeds(row, model, first)));
      bySource.set(source.name, await answersOfSource(source, runner, feeds));
    };
    await Promise.all([...byRunner(sources).values()].map((own) => inTurn(own, answer)));
    for (const [index, row] of rows.entries()) {
      // In the plan's order, not in the order of the answers.
      const answers = sources.map(({ source: { name } }) => [name, bySource.get(name)![index]!] as const);
      yield { row, answers: new Map(answers) };
    }
  }
}

/** Inputs are read so many at a time. */
export function largestBatch(sources: readonly AnsweringSource[]): number {
  return Math.max(1, ...sources.map(({ source }) => source.batch));
}

/** The inputs that a source runs together with the one of this id; null where that could not be read. */
export async function batchOf(
  id: string,
  { batch, model }: Source,
  inputs: InputSet,
  models: readonly ComparedModel[],
  size: number,
): Promise<BatchGroup | null> {
  for await (const rows of chunks(inputs, size)) {
    if (!rows.some((row) => row.id === id)) continue;
    const good = rows.flatMap((row) => {
      const feeds = attempt(() => asFeeds(row, models[model], models[0]));
      return feeds instanceof IsobitError ? [] : [{ id: row.id, feeds }];
    });
    const at = good.findIndex((row) => row.id === id);
    if (at < 0) return null;
    const group = good.slice(at - (at % batch), at - (at % batch) + batch).map(({ feeds }) => feeds);
    return { feeds: filled(group, batch), place: at % batch };
  }
  return null;
}

function byRunner(sources: readonly AnsweringSource[]): Map<Runner | IsobitError, AnsweringSource[]> {
  return Map.groupBy(sources, ({ runner }) => runner);
}

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (const item of items) await work(item);
}

async function* chunks(inputs: InputSet, size: number): AsyncGenerator<readonly InputRow[]> {
  let open: InputRow[] = [];
  for await (const row of inputs) {
    open.push(row);
    if (open.length < size) continue;
    yield open;
    open = [];
  }
  if (open.length > 0) yield open;
}

/** Two models get the same tensors: by name if the names match, otherwise by position. */
export function asFeeds(
  { feeds: firstFeeds, secondFeeds }: InputRow,
  model: ComparedModel | undefined,
  first: ComparedModel | undefined,
): NamedTensors {
  const isFirst = model === undefined || first === undefined || model === first;
  const feeds = isFirst ? firstFeeds : (secondFeeds ?? firstFeeds);
  if (feeds instanceof IsobitError) throw feeds;
  if (isFirst || secondFeeds !== undefined) return feeds;
  return feedsFor(model.onnx, first.onnx, feeds);
}

async function answersOfSource(
  source: Source,
  runner: Runner | IsobitError,
  feeds: readonly (NamedTensors | IsobitError)[],
): Promise<readonly Answer[]> {
  if (runner instanceof IsobitError) return feeds.map(() => ({ ok: false, error: runner }));
  const answers: Answer[] = feeds.map((each) => ({
    ok: false,
    error: each instanceof IsobitError ? each : new IsobitError("BACKEND_FAILED", "It was not run."),
  }));
  const good = feeds.flatMap((each, index) => (each instanceof IsobitError ? [] : [{ index, feeds: each }]));
  for (let at = 0; at < good.length; at += source.batch) {
    const group = good.slice(at, at + source.batch);
    const outcome = await run(
      source,
      runner,
      group.map((each) => each.feeds),
    );
    group.forEach(({ index }, place) => {
      answers[index] = outcome instanceof IsobitError ? { ok: false, error: outcome } : outcome[place]!;
    });
  }
  return answers;
}

async function run(
  source: Source,
  runner: Runner,
  rows: readonly NamedTensors[],
): Promise<readonly Answer[] | IsobitError> {
  const { batch } = source;
  return await attemptAsync(async () => {
    if (batch === 1) {
      const { outputs, latencyMs } = await runner.run(sessionKey(source), rows[0]!);
      return [{ ok: true, outputs, latencyMs }];
    }
    const { outputs, latencyMs } = await runner.run(sessionKey(source), stacked(filled(rows, batch)));
    return unstacked(outputs, batch)
      .slice(0, rows.length)
      .map((each) => ({ ok: true, outputs: each, latencyMs: latencyMs / batch }));
  });
}

/** A batch that the inputs do not fill is filled with the same inputs again. */
function filled(rows: readonly NamedTensors[], batch: number): readonly NamedTensors[] {
  return Array.from({ length: batch }, (_, index) => rows[index % rows.length]!);
}

function attempt<T>(work: () => T): T | IsobitError {
  try {
    return work();
  } catch (error) {
    if (error instanceof IsobitError) return error;
    throw error;
  }
}

async function attemptAsync<T>(work: () => Promise<T>): Promise<T | IsobitError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof IsobitError) return error;
    throw error;
  }
}
