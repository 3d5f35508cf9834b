import { IsobitError } from "#core/errors.ts";

/** How a caller ends what is under way. */
export interface Stop {
  /** In order: what was started is ended, and files are closed. */
  readonly signal: AbortSignal;
  /** Without waiting for the sides to end by themselves; only after `signal`. */
  readonly kill?: AbortSignal;
}

/** Rejects once the signal is aborted; settles in no other way. @throws IsobitError ABORTED */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(new IsobitError("ABORTED", "Stopped before it finished."));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
