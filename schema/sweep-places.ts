import type { Call } from "#core/call.ts";
import { IsobitError } from "#core/errors.ts";
import { MAX_SWEEP_IDLE_MS, MAX_SWEEPS_AT_ONCE, SWEEP_RETRY_SECONDS } from "#core/limits.ts";

interface Place {
  /** Since when its reader has an event to take; null while a batch is answered. */
  waitingSince: number | null;
}

/**
 * Sweeps run for long, so there are few places. A sweep whose reader takes nothing for a while (a sleeping machine keeps
 * its connection) loses its place to the next one.
 */
const held = new Set<Place>();

/**
 * The same items, while the sweep has a place: until the last one, or until its call ends. A Worker does not always tell
 * a stream that its reader has gone.
 * @param now milliseconds
 * @throws IsobitError OVERLOADED before the first item without a free place, TIMEOUT if the place was lost
 */
export async function* inPlace<Item>(
  items: AsyncGenerator<Item, void, undefined>,
  call: Call,
  now: () => number,
): AsyncGenerator<Item, void, undefined> {
  const place: Place = { waitingSince: null };
  take(place, now());
  const removeListener = call.onEnd(() => held.delete(place));
  try {
    for await (const item of items) {
      place.waitingSince = now();
      yield item;
      place.waitingSince = null;
      call.throwIfEnded();
      if (!held.has(place)) throw lost();
    }
  } finally {
    removeListener();
    held.delete(place);
  }
}

function take(place: Place, at: number): void {
  if (held.size >= MAX_SWEEPS_AT_ONCE) {
    const forgotten = [...held].find(
      ({ waitingSince }) => waitingSince !== null && at - waitingSince > MAX_SWEEP_IDLE_MS,
    );
    if (forgotten === undefined) throw full();
    held.delete(forgotten);
  }
  held.add(place);
}

function full(): IsobitError {
  const message = `${MAX_SWEEPS_AT_ONCE} sweeps are running here, which is the limit. Retry in ${SWEEP_RETRY_SECONDS} seconds.`;
  return new IsobitError("OVERLOADED", message, { details: { retryAfterSeconds: SWEEP_RETRY_SECONDS } });
}

function lost(): IsobitError {
  const message = `This sweep's events were not read for ${MAX_SWEEP_IDLE_MS / 1000} s, so another sweep took its place. Start a sweep of the remaining images.`;
  return new IsobitError("TIMEOUT", message);
}
