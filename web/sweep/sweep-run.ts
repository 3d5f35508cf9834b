import { type Client, CombinedError } from "urql";
import type { BackendId } from "#core/backends.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { messageOf } from "#core/errors.ts";
import { SWEEP_BATCH } from "#core/limits.ts";
import { asFailures, type Failure, failuresOf } from "../failures.ts";
import { type ImageSet, type SentImage, tooMuch } from "./images.ts";
import { type Progress, SWEEP, type SweepEvent } from "./sweep-query.ts";
import { counted, NOTHING_COUNTED, type Tally } from "./tally.ts";
import { differingRows, type WorstRow, withRow } from "./worst-rows.ts";

/** What is asked. */
export interface SweepRequest {
  readonly images: ImageSet;
  readonly model: string;
  readonly backends: readonly BackendId[];
  readonly tolerance: Tolerance | null;
}

/** `failed`: it ended early by a failure, be it before the first image. */
export type Phase = "idle" | "preparing" | "running" | "stopped" | "failed" | "finished";

export interface SweepState {
  readonly phase: Phase;
  /** Counts sweeps; 0 before the first. */
  readonly number: number;
  readonly request: SweepRequest | null;
  readonly progress: Progress | null;
  readonly worst: readonly WorstRow[];
  readonly tally: Tally;
  /** Why it failed. */
  readonly failures: readonly Failure[];
  /** Broken certificates: the first ones, and how many there are. */
  readonly alarms: { readonly first: readonly Failure[]; readonly count: number };
  /** By `Date.now()`: when another try may have its turn; null where nothing was said of it. */
  readonly retryAt: number | null;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

const NOTHING: SweepState = Object.freeze({
  phase: "idle",
  number: 0,
  request: null,
  progress: null,
  worst: [],
  tally: NOTHING_COUNTED,
  failures: [],
  alarms: { first: [], count: 0 },
  retryAt: null,
  startedAt: 0,
});

const MOST_ALARMS = 3;
/** A sweep of few images still reports some twenty times. */
const REPORTS = 20;
const LEAST_BATCH = 20;
/** Of the two that always take part where they can, the first that does. */
const REFERENCES: readonly BackendId[] = ["CPU", "WASM"];

/** The one sweep of this page. It goes on while other views are shown; only Stop, the next one or leaving the page ends it. */
class SweepRun {
  #state = NOTHING;
  #leave: (() => void) | undefined;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): SweepState => this.#state;

  /** @param prepare makes the images; what it throws is told in its words */
  async start(client: Client, prepare: () => Promise<SweepRequest>): Promise<void> {
    this.#leave?.();
    const number = this.#state.number + 1;
    this.#publish({ ...NOTHING, phase: "preparing", number, startedAt: Date.now() });
    const isCurrent = () => this.#state.number === number && this.#state.phase === "preparing";
    try {
      const request = await prepare();
      const refused = tooMuch(request.images);
      if (refused !== null) throw new Error(refused);
      if (!isCurrent()) return;
      this.#publish({ ...this.#state, request });
      const inputs = await request.images.sent();
      if (isCurrent()) this.#ask(client, request, inputs);
    } catch (error) {
      if (isCurrent()) this.#fail(asFailures({ code: "BAD_INPUT", message: messageOf(error) }).map(ownWords), null);
    }
  }

  /** Ends it, at the server too: the connection is what keeps it going there. */
  stop(): void {
    if (this.#state.phase !== "preparing" && this.#state.phase !== "running") return;
    this.#leave?.();
    this.#publish({ ...this.#state, phase: "stopped" });
  }

  #ask(client: Client, { images, model, backends, tolerance }: SweepRequest, inputs: readonly SentImage[]): void {
    const batch = Math.min(SWEEP_BATCH, Math.max(LEAST_BATCH, Math.ceil(images.count / REPORTS)));
    const reference = REFERENCES.find((each) => backends.includes(each)) ?? backends[0] ?? null;
    const variables = { inputs, model, backends, reference, tolerance, batch };
    const { number } = this.#state;
    this.#publish({ ...this.#state, phase: "running" });
    const { unsubscribe } = client
      .subscription(SWEEP, variables, { fetchSubscriptions: true })
      .subscribe(({ data, error, hasNext }) => {
        if (this.#state.phase !== "running" || this.#state.number !== number) return;
        if (error) return this.#fail(failuresOf(error), retryAfter(error));
        if (data) this.#take(data.sweep);
        if (!hasNext && this.#state.phase === "running") this.#fail([CUT_OFF], null);
      });
    this.#leave = () => {
      this.#leave = undefined;
      // Not while urql hands out an event: it would then throw its own abortion where nobody can catch it.
      setTimeout(unsubscribe);
    };
  }

  #take({ rows, certificateViolations, ...progress }: SweepEvent): void {
    const { request, worst, tally, alarms } = this.#state;
    // urql tells an event once more when it learns that none follows.
    if (!request || (this.#state.progress && progress.done <= this.#state.progress.done)) return;
    const placed = rows.map((row, index) => ({ row, place: progress.done - rows.length + index }));
    this.#publish({
      ...this.#state,
      progress,
      worst: placed.flatMap(({ row, place }) => differingRows(row, place)).reduce(withRow, worst),
      tally: counted(tally, placed, request.images.labels),
      alarms: {
        first: [...alarms.first, ...certificateViolations.flatMap(asFailures)].slice(0, MOST_ALARMS),
        count: alarms.count + certificateViolations.length,
      },
      phase: progress.finished ? "finished" : "running",
    });
    if (progress.finished) this.#leave?.();
  }

  #fail(failures: readonly Failure[], retryAt: number | null): void {
    this.#leave?.();
    this.#publish({ ...this.#state, phase: "failed", failures, retryAt });
  }

  #publish(state: SweepState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

const CUT_OFF: Failure = {
  code: "EDGE_UNREACHABLE",
  message: "The edge ended the sweep before its last image, without saying why.",
  advice: "Look whether the edge was started anew, then start again.",
  extent: null,
};

/** What the page itself refuses says what to do. */
function ownWords(failure: Failure): Failure {
  return { ...failure, advice: "Nothing was sent. Choose other images, then start again." };
}

function retryAfter({ graphQLErrors }: CombinedError): number | null {
  const seconds = graphQLErrors
    .map(({ extensions }) => extensions["retryAfterSeconds"])
    .find((each) => typeof each === "number");
  return seconds === undefined ? null : Date.now() + seconds * 1000;
}

export const sweepRun = new SweepRun();
