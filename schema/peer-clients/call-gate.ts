import { PEER_TURN_LEASE_MS, PEER_TURN_POLL_MS } from "#core/limits.ts";

interface Turn {
  /** Calls that may run while this one does, itself included. */
  readonly limit: number;
  /** Until when the turn counts without a sign of life, in milliseconds. */
  until: number;
}

/**
 * Lets the calls to one service run a few at a time, in the order in which they came, regardless of which request of this side
 * they belong to. Each call brings its own limit: a call with limit 1 runs alone.
 *
 * A Worker's runtime may drop a request in the middle of a call, and then nothing more of it runs, `finally` included.
 * So a turn is a lease: one that has shown no sign of life for PEER_TURN_LEASE_MS no longer counts.
 */
export class CallGate {
  readonly #now: () => number;
  #turns: Turn[] = [];
  readonly #wakers = new Set<() => void>();

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  async run<Result>(limit: number, call: () => Promise<Result>): Promise<Result> {
    const turn: Turn = { limit, until: this.#lease() };
    this.#turns.push(turn);
    try {
      while (!this.#mayRun(turn)) {
        await this.#changeOrPoll();
        turn.until = this.#lease();
      }
      turn.until = this.#lease();
      return await call();
    } finally {
      this.#turns = this.#turns.filter((each) => each !== turn);
      this.#announce();
    }
  }

  /** Those before it all run where they are fewer than its own limit and each of theirs. */
  #mayRun(turn: Turn): boolean {
    const now = this.#now();
    this.#turns = this.#turns.filter((each) => each === turn || each.until > now);
    // The thread may have been busy for so long that another call took this one for lost.
    if (!this.#turns.includes(turn)) this.#turns.push(turn);
    const before = this.#turns.slice(0, this.#turns.indexOf(turn));
    return before.every(({ limit }) => before.length < limit) && before.length < turn.limit;
  }

  #lease(): number {
    return this.#now() + PEER_TURN_LEASE_MS;
  }

  #announce(): void {
    for (const wake of this.#wakers) wake();
    this.#wakers.clear();
  }

  /**
   * Promise and timer are the waiting request's own: a Worker settles a promise within the request that made it, so that
   * one made by another request is not settled once that request has ended.
   */
  async #changeOrPoll(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakers.add(resolve);
    const timer = setTimeout(resolve, PEER_TURN_POLL_MS);
    await promise;
    clearTimeout(timer);
    this.#wakers.delete(resolve);
  }
}
