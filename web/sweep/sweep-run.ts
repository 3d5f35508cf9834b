import { type Client, CombinedError } from "urql";
import type { BackendId } from "#core/backends.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { messageOf } from "#core/errors.ts";
import { SWEEP_BATCH } from "#core/limits.ts";
import { Store } from "../store.ts";
import { asFailures, type Failure, failuresOf } from "../failures.ts";
import { type ImageSet, type SentImage, tooMuch } from "./images.ts";
import { type Progress, SWEEP, type SweepEvent } from "./sweep-query.ts";
import { counted, NOTHING_COUNTED, type Tally } from "./tally.ts";
import { differingRows, type WorstRow, withRow } from "./worst-rows.ts";

export interface SweepRequest {
  readonly images: ImageSet;
  readonly model: string;
  readonly backends: readonly BackendId[];
  readonly tolerance: Tolerance | null;
}

/** `failed`: a failure ended the sweep, possibly before the first image. */
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
  /** Violated certificates: the first ones, and their number. */
  readonly alarms: { readonly first: readonly Failure[]; readonly count: number };
  /** When to try again, in milliseconds since 1970; null if the server did not say. */
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
/** A small sweep reports about this many times. */
const REPORTS = 20;
const LEAST_BATCH = 20;
/** The preferred references; otherwise the first chosen backend. */
const REFERENCES: readonly BackendId[] = ["CPU", "WASM"];

/** The sweep of this page, shared by all views. It continues while other views are open, until Stop or the next sweep. */
class SweepRun extends Store<SweepState> {
  #leave: (() => void) | undefined;

  constructor() {
    super(NOTHING);
  }

  /** @param prepare makes the images; the message of its error is shown */
  async start(client: Client, prepare: () => Promise<SweepRequest>): Promise<void> {
    this.#leave?.();
    const number = this.snapshot().number + 1;
    this.publish({ ...NOTHING, phase: "preparing", number, startedAt: Date.now() });
    const isCurrent = () => this.snapshot().number === number && this.snapshot().phase === "preparing";
    try {
      const request = await prepare();
      const refused = tooMuch(request.images);
      if (refused !== null) throw new Error(refused);
      if (!isCurrent()) return;
      this.publish({ request });
      const inputs = await request.images.sent();
      if (isCurrent()) this.#ask(client, request, inputs);
    } catch (error) {
      if (isCurrent()) this.#fail(asFailures({ code: "BAD_INPUT", message: messageOf(error) }).map(ownWords), null);
    }
  }

  /** Ends the sweep, on the server too: closing the connection cancels it there. */
  stop(): void {
    if (this.snapshot().phase !== "preparing" && this.snapshot().phase !== "running") return;
    this.#leave?.();
    this.publish({ phase: "stopped" });
  }

  #ask(client: Client, { images, model, backends, tolerance }: SweepRequest, inputs: readonly SentImage[]): void {
    const batch = Math.min(SWEEP_BATCH, Math.max(LEAST_BATCH, Math.ceil(images.count / REPORTS)));
    const reference = REFERENCES.find((each) => backends.includes(each)) ?? backends[0] ?? null;
    const variables = { inputs, model, backends, reference, tolerance, batch };
    const { number } = this.snapshot();
    this.publish({ phase: "running" });
    const { unsubscribe } = client
      .subscription(SWEEP, variables, { fetchSubscriptions: true })
      .subscribe(({ data, error, hasNext }) => {
        if (this.snapshot().phase !== "running" || this.snapshot().number !== number) return;
        if (error) return this.#fail(failuresOf(error), retryAfter(error));
        if (data) this.#take(data.sweep);
        if (!hasNext && this.snapshot().phase === "running") this.#fail([CUT_OFF], null);
      });
    this.#leave = () => {
      this.#leave = undefined;
      // Not while urql delivers an event: it would then throw an abort error that cannot be caught.
      setTimeout(unsubscribe);
    };
  }

  #take({ rows, certificateViolations, ...progress }: SweepEvent): void {
    const { request, progress: last, worst, tally, alarms } = this.snapshot();
    // urql repeats the last event when the stream ends.
    if (!request || (last && progress.done <= last.done)) return;
    const placed = rows.map((row, index) => ({ row, place: progress.done - rows.length + index }));
    this.publish({
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
    this.publish({ phase: "failed", failures, retryAt });
  }
}

const CUT_OFF: Failure = {
  code: "EDGE_UNREACHABLE",
  message: "The edge ended the sweep before its last image and gave no reason.",
  advice: "Check whether the edge was restarted, then start again.",
  extent: null,
};

/** For errors that the page itself raises: their messages say what is wrong. */
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
