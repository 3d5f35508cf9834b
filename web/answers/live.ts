import { CombinedError } from "urql";
import { messageOf } from "#core/errors.ts";
import { asFailures, distinct, type Failure, failuresOf } from "../failures.ts";
import type { AnswerRow, AnswerSource, SketchRequest, SourceResponse } from "./source.ts";

/** While a stroke is being drawn, a quick source is asked at most this often. */
const LIVE_INTERVAL_MS = 90;

/** A row, and the request that it answers: an older one's is shown as old, or not at all. */
export interface LiveRow {
  readonly row: AnswerRow;
  readonly number: number;
}

export interface LiveState {
  /** Counts requests; 0 before the first. */
  readonly number: number;
  readonly request: SketchRequest | null;
  /** By source, in the order in which they first came. */
  readonly rows: ReadonlyMap<string, LiveRow>;
  /** Of the current request, or of the last one until its successor is answered, so that no banner blinks. */
  readonly failures: readonly Failure[];
  /** Everybody's rows of the last request that all have answered, of this model. */
  readonly completed: readonly AnswerRow[];
  /** Answers of the current request that are still on their way. */
  readonly waiting: number;
  /** The stroke is over and every source was asked. */
  readonly settled: boolean;
}

const NOTHING: LiveState = {
  number: 0,
  request: null,
  rows: new Map(),
  failures: [],
  completed: [],
  waiting: 0,
  settled: false,
};

/** Asks sources about a sketch that changes under them: a newer request drops the one in flight, and its answers with it. */
export class LiveAnswers {
  #state = NOTHING;
  #inFlight = new AbortController();
  #askedAt = -Infinity;
  /** Of the current request alone. */
  #failed: readonly Failure[] = [];
  #later: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): LiveState => this.#state;

  /** The stroke is over: every source is asked at once. */
  ask(request: SketchRequest, sources: readonly AnswerSource[]): void {
    clearTimeout(this.#later);
    this.#start(request, sources, true);
  }

  /** The stroke goes on: quick sources are asked, the last request of each interval. */
  askWhileDrawing(request: SketchRequest, sources: readonly AnswerSource[]): void {
    clearTimeout(this.#later);
    const quick = sources.filter((source) => source.quick);
    const wait = this.#askedAt + LIVE_INTERVAL_MS - performance.now();
    this.#later = setTimeout(() => this.#start(request, quick, false), Math.max(0, wait));
  }

  /** Nothing is drawn: nothing is asked, and nothing is shown. */
  reset(): void {
    this.stop();
    this.#publish({ ...NOTHING, number: this.#state.number });
  }

  /** Drops what is in flight. */
  stop(): void {
    clearTimeout(this.#later);
    this.#inFlight.abort();
  }

  #start(request: SketchRequest, sources: readonly AnswerSource[], settled: boolean): void {
    this.#inFlight.abort();
    this.#inFlight = new AbortController();
    this.#askedAt = performance.now();
    const number = this.#state.number + 1;
    // Another model's rows say nothing about this one's.
    const known = this.#state.request?.model === request.model ? this.#state : NOTHING;
    const { rows, completed } = known;
    this.#failed = [];
    this.#publish({ ...this.#state, number, request, rows, completed, waiting: sources.length, settled });
    for (const source of sources) void this.#await(source, request, this.#inFlight.signal);
  }

  async #await(source: AnswerSource, request: SketchRequest, signal: AbortSignal): Promise<void> {
    try {
      const answer = await source.ask(request, signal);
      if (!signal.aborted) this.#take(answer);
    } catch (error) {
      if (!signal.aborted) this.#take({ rows: [], alarms: failuresFrom(error) });
    }
  }

  #take({ rows: incoming, alarms }: SourceResponse): void {
    const { number, rows, waiting, settled, failures } = this.#state;
    this.#failed = distinct([...this.#failed, ...alarms, ...incoming.flatMap(rowFailures)]);
    const merged = new Map(rows);
    for (const row of incoming) merged.set(row.source, { row, number });
    const left = waiting - 1;
    // A backend that the last request still had and this one does not has gone away.
    const over = left === 0 && settled;
    const current = over ? [...merged].filter(([, row]) => row.number === number) : merged;
    this.#publish({
      ...this.#state,
      rows: new Map(current),
      completed: over ? [...current].map(([, { row }]) => row) : this.#state.completed,
      failures: over || this.#failed.length > 0 ? this.#failed : failures,
      waiting: left,
    });
  }

  #publish(state: LiveState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function rowFailures(row: AnswerRow): Failure[] {
  return row.ok ? [] : asFailures(row).map((failure) => ({ ...failure, extent: row.source }));
}

function failuresFrom(error: unknown): Failure[] {
  if (error instanceof CombinedError) return failuresOf(error);
  return asFailures({ code: "BACKEND_FAILED", message: messageOf(error) });
}
