import { IsobitError } from "#core/errors.ts";
import { MAX_SWEEP_IDLE_MS, MAX_SWEEPS_AT_ONCE, SWEEP_RETRY_SECONDS } from "#core/limits.ts";

interface Place {
  /** Since when its reader has an event to take; null while a batch is answered. */
  waitingSince: number | null;
}

/**
 * Sweeps take part in a side's work for long, so that there are few places. Whose reader takes nothing for a while (a
 * machine that sleeps keeps its connection) loses the place to the next one who asks.
 */
const held = new Set<Place>();

/**
 * The same items, while there is a place.
 * @param now milliseconds
 * @throws IsobitError OVERLOADED before the first item where there is no place, TIMEOUT where it was lost
 */
export async function* inPlace<Item>(
  items: AsyncGenerator<Item, void, undefined>,
  now: () => number,
): AsyncGenerator<Item, void, undefined> {
  const place: Place = { waitingSince: null };
  take(place, now());
  try {
    for await (const item of items) {
      place.waitingSince = now();
      yield item;
      place.waitingSince = null;
      if (!held.has(place)) throw lost();
    }
  } finally {
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
  const message = `${MAX_SWEEPS_AT_ONCE} sweeps are under way here. Ask again in ${SWEEP_RETRY_SECONDS} seconds, or once one of them has ended.`;
  return new IsobitError("OVERLOADED", message, { details: { retryAfterSeconds: SWEEP_RETRY_SECONDS } });
}

function lost(): IsobitError {
  const message = `No event of this sweep was taken for ${MAX_SWEEP_IDLE_MS / 1000} s, and another sweep has its place now. Ask again for the images that are left.`;
  return new IsobitError("TIMEOUT", message);
}
