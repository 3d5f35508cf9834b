import { CombinedError } from "urql";
import { messageOf } from "#core/errors.ts";
import { asFailures, distinct, type Failure, failuresOf } from "../failures.ts";
import { Store } from "../store.ts";
import type { AnswerRow, AnswerSource, SketchRequest, SourceResponse } from "./source.ts";

/** While a stroke is being drawn, at least this much time passes between two requests to a quick source. */
const LIVE_INTERVAL_MS = 90;

/** A row and the number of its request, which tells current rows from outdated ones. */
export interface LiveRow {
  readonly row: AnswerRow;
  readonly number: number;
}

export interface LiveState {
  /** Counts requests; 0 before the first. */
  readonly number: number;
  readonly request: SketchRequest | null;
  /** By source, in the order of arrival. */
  readonly rows: ReadonlyMap<string, LiveRow>;
  /** Of the current request; until it completes without one, of the last request, so that the banner does not flicker. */
  readonly failures: readonly Failure[];
  /** All rows of the last request of this model that every source has answered. */
  readonly completed: readonly AnswerRow[];
  /** Number of sources that have not yet answered the current request. */
  readonly waiting: number;
  /** The stroke is complete and was sent to every source. */
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

/** Sends a changing sketch to sources. A newer request cancels the one in flight and discards its responses. */
export class LiveAnswers extends Store<LiveState> {
  #inFlight = new AbortController();
  #askedAt = -Infinity;
  /** Of the current request alone. */
  #failed: readonly Failure[] = [];
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super(NOTHING);
  }

  /** The stroke is complete: sends it to every source at once. */
  ask(request: SketchRequest, sources: readonly AnswerSource[]): void {
    clearTimeout(this.#later);
    this.#start(request, sources, true);
  }

  /** The stroke is still growing: sends it to quick sources, once per interval. */
  askWhileDrawing(request: SketchRequest, sources: readonly AnswerSource[]): void {
    clearTimeout(this.#later);
    const quick = sources.filter((source) => source.quick);
    const wait = this.#askedAt + LIVE_INTERVAL_MS - performance.now();
    this.#later = setTimeout(() => this.#start(request, quick, false), Math.max(0, wait));
  }

  /** For an empty pad. */
  reset(): void {
    this.stop();
    this.publish({ ...NOTHING, number: this.snapshot().number });
  }

  /** Cancels the requests in flight. */
  stop(): void {
    clearTimeout(this.#later);
    this.#inFlight.abort();
  }

  #start(request: SketchRequest, sources: readonly AnswerSource[], settled: boolean): void {
    this.#inFlight.abort();
    this.#inFlight = new AbortController();
    this.#askedAt = performance.now();
    const state = this.snapshot();
    // Rows of another model are unrelated to this one.
    const { rows, completed } = state.request?.model === request.model ? state : NOTHING;
    this.#failed = [];
    this.publish({ number: state.number + 1, request, rows, completed, waiting: sources.length, settled });
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
    const { number, rows, waiting, settled, failures, completed } = this.snapshot();
    this.#failed = distinct([...this.#failed, ...alarms, ...incoming.flatMap(rowFailures)]);
    const merged = new Map(rows);
    for (const row of incoming) merged.set(row.source, { row, number });
    const left = waiting - 1;
    const over = left === 0 && settled;
    // A backend of the last request that did not answer this one is gone.
    const current = over ? [...merged].filter(([, row]) => row.number === number) : merged;
    this.publish({
      rows: new Map(current),
      completed: over ? [...current].map(([, { row }]) => row) : completed,
      failures: over || this.#failed.length > 0 ? this.#failed : failures,
      waiting: left,
    });
  }
}

function rowFailures(row: AnswerRow): Failure[] {
  return row.ok ? [] : asFailures(row).map((failure) => ({ ...failure, extent: row.source }));
}

function failuresFrom(error: unknown): Failure[] {
  if (error instanceof CombinedError) return failuresOf(error);
  return asFailures({ code: "BACKEND_FAILED", message: messageOf(error) });
}
