import { CombinedError } from "urql";
import { messageOf } from "#core/errors.ts";
import { asFailures, distinct, type Failure, failuresOf } from "../../failures.ts";
import type { AnswerRow, AnswerSource, SketchQuestion, SourceAnswer } from "./source.ts";

/** While a stroke is being drawn, a quick source is asked at most this often. */
const LIVE_INTERVAL_MS = 90;

/** A row, and the question that it answers: an older one's is shown as old, or not at all. */
export interface LiveRow {
  readonly row: AnswerRow;
  readonly number: number;
}

export interface LiveState {
  /** Counts questions; 0 before the first. */
  readonly number: number;
  readonly question: SketchQuestion | null;
  /** By source, in the order in which they first came. */
  readonly rows: ReadonlyMap<string, LiveRow>;
  /** Of the current question, or of the last one until its successor is answered, so that no banner blinks. */
  readonly failures: readonly Failure[];
  /** Everybody's rows of the last question that all have answered, of this model. */
  readonly completed: readonly AnswerRow[];
  /** Answers of the current question that are still on their way. */
  readonly waiting: number;
  /** The stroke is over and every source was asked. */
  readonly settled: boolean;
}

const NOTHING: LiveState = {
  number: 0,
  question: null,
  rows: new Map(),
  failures: [],
  completed: [],
  waiting: 0,
  settled: false,
};

/** Asks sources about a sketch that changes under them: a newer question drops the one in flight, and its answers with it. */
export class LiveAnswers {
  #state = NOTHING;
  #inFlight = new AbortController();
  #askedAt = -Infinity;
  /** Of the current question alone. */
  #failed: readonly Failure[] = [];
  #later: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): LiveState => this.#state;

  /** The stroke is over: every source is asked at once. */
  ask(question: SketchQuestion, sources: readonly AnswerSource[]): void {
    clearTimeout(this.#later);
    this.#start(question, sources, true);
  }

  /** The stroke goes on: quick sources are asked, the last question of each interval. */
  askWhileDrawing(question: SketchQuestion, sources: readonly AnswerSource[]): void {
    clearTimeout(this.#later);
    const quick = sources.filter((source) => source.quick);
    const wait = this.#askedAt + LIVE_INTERVAL_MS - performance.now();
    this.#later = setTimeout(() => this.#start(question, quick, false), Math.max(0, wait));
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

  #start(question: SketchQuestion, sources: readonly AnswerSource[], settled: boolean): void {
    this.#inFlight.abort();
    this.#inFlight = new AbortController();
    this.#askedAt = performance.now();
    const number = this.#state.number + 1;
    // Another model's rows say nothing about this one's.
    const known = this.#state.question?.model === question.model ? this.#state : NOTHING;
    const { rows, completed } = known;
    this.#failed = [];
    this.#publish({ ...this.#state, number, question, rows, completed, waiting: sources.length, settled });
    for (const source of sources) void this.#await(source, question, this.#inFlight.signal);
  }

  async #await(source: AnswerSource, question: SketchQuestion, signal: AbortSignal): Promise<void> {
    try {
      const answer = await source.ask(question, signal);
      if (!signal.aborted) this.#take(answer);
    } catch (error) {
      if (!signal.aborted) this.#take({ rows: [], alarms: failuresFrom(error) });
    }
  }

  #take({ rows: incoming, alarms }: SourceAnswer): void {
    const { number, rows, waiting, settled, failures } = this.#state;
    this.#failed = distinct([...this.#failed, ...alarms, ...incoming.flatMap(rowFailures)]);
    const merged = new Map(rows);
    for (const row of incoming) merged.set(row.source, { row, number });
    const left = waiting - 1;
    // A backend that the last question still had and this one does not has gone away.
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
