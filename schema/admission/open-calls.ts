import type { Call } from "#core/call.ts";
import { IsobitError } from "#core/errors.ts";
import { DEFAULT_DEADLINE_MS, MAX_DEADLINE_MS } from "#core/limits.ts";
import type { Face, SideMetrics } from "../metrics/side-metrics.ts";
import { refusal } from "../wire-errors.ts";

const PRUNE_FROM = 1_000;

/** The caller's deadline, in whole milliseconds from the moment at which the request arrives. */
export const TIMEOUT_HEADER = "isobit-timeout-ms";
/** The edge's caller, as the edge tells the origin and the other way round; ignored without the token. */
export const CALLER_HEADER = "isobit-caller";

/** The requests that a side is answering. */
export class OpenCalls {
  readonly #metrics: SideMetrics;
  readonly #now: () => number;
  /** Weak, because nothing tells when a stream of events is over. */
  readonly #open = new Set<WeakRef<AbortController>>();
  #pruneAt = PRUNE_FROM;

  /** @param now milliseconds since some fixed moment */
  constructor(metrics: SideMetrics, now: () => number) {
    this.#metrics = metrics;
    this.#now = now;
  }

  /**
   * Answers a request within its deadline. The deadline applies until the response starts: the events of a stream may
   * take longer.
   * @param from.face for the metrics
   * @param from.caller as this side sees it, e.g. an address
   * @param from.keep makes the runtime go on with work although the caller has disconnected; default: it does anyway
   */
  async answer(
    request: Request,
    { caller, face, keep = () => {} }: { readonly caller: string; readonly face: Face; readonly keep?: Call["keep"] },
    answer: (call: Call) => Promise<Response>,
  ): Promise<Response> {
    const timeoutMs = deadlineOf(request.headers.get(TIMEOUT_HEADER));
    if (timeoutMs instanceof IsobitError) return refusal(timeoutMs);
    const started = this.#now();
    const until = started + timeoutMs;
    const controller = new AbortController();
    const kept = new Set<Promise<unknown>>();
    const hangUp = (): void => {
      keep(Promise.allSettled(kept));
      controller.abort(new IsobitError("TIMEOUT", "The caller closed the connection."));
    };
    if (request.signal.aborted) hangUp();
    else request.signal.addEventListener("abort", hangUp, { once: true });
    const deadline = setTimeout(() => controller.abort(lateAfter(timeoutMs)), timeoutMs);
    this.#keep(controller);
    try {
      const response = await answer({
        caller,
        keep: (work) => {
          const settled = (): unknown => kept.delete(work);
          kept.add(work);
          work.then(settled, settled);
        },
        remainingMs: () => Math.max(0, until - this.#now()),
        ...endOf(controller.signal),
      });
      this.#metrics.requested(face, response.status, (this.#now() - started) / 1000);
      return response;
    } finally {
      clearTimeout(deadline);
    }
  }

  /** @param reason what the callers are told */
  endAll(reason: IsobitError): void {
    for (const each of this.#open) each.deref()?.abort(reason);
  }

  #keep(controller: AbortController): void {
    if (this.#open.size >= this.#pruneAt) {
      for (const each of this.#open) if (each.deref() === undefined) this.#open.delete(each);
      this.#pruneAt = Math.max(PRUNE_FROM, 2 * this.#open.size);
    }
    this.#open.add(new WeakRef(controller));
  }
}

function endOf(signal: AbortSignal): Pick<Call, "throwIfEnded" | "onEnd"> {
  return {
    throwIfEnded: () => signal.throwIfAborted(),
    onEnd(listener) {
      const onAbort = (): void => listener(signal.reason);
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
      return () => signal.removeEventListener("abort", onAbort);
    },
  };
}

/** The call as the other side's, if the request comes from there. */
export function forwardedCall(call: Call, { headers }: Request): Call {
  return { ...call, caller: headers.get(CALLER_HEADER) ?? call.caller };
}

function deadlineOf(header: string | null): number | IsobitError {
  if (header === null) return DEFAULT_DEADLINE_MS;
  const timeoutMs = /^\d{1,9}$/.test(header.trim()) ? Number(header) : 0;
  if (timeoutMs >= 1) return Math.min(timeoutMs, MAX_DEADLINE_MS);
  return new IsobitError(
    "BAD_INPUT",
    `\`${TIMEOUT_HEADER}\` is ${JSON.stringify(header.slice(0, 50))}; it must be a whole number of milliseconds from 1 to ${MAX_DEADLINE_MS}.`,
  );
}

function lateAfter(timeoutMs: number): IsobitError {
  return new IsobitError(
    "TIMEOUT",
    `The request was not answered within ${timeoutMs / 1000} s. Send fewer images, or a later deadline in \`${TIMEOUT_HEADER}\`.`,
  );
}
