import type { Call } from "#core/call.ts";
import { IsobitError } from "#core/errors.ts";
import { TURN_LEASE_MS, TURN_POLL_MS } from "#core/limits.ts";

export interface TurnLimits {
  /** Rows that may run at the same time; a turn with more runs alone. */
  readonly rowsAtOnce: number;
  /** Rows of all admitted requests that have not run yet. */
  readonly maxRows: number;
  /** How long a request may have to wait for its last turn, as far as the rate so far tells. */
  maxWaitMs(): number;
}

/** A request's place at a backend. */
export interface Place {
  /** Runs one share of the request when its turn comes. @throws IsobitError TIMEOUT once the call has ended */
  turn<Result>(rows: number, work: () => Promise<Result>): Promise<Result>;
  /** Gives up the rows that have not run. */
  leave(): void;
}

interface Admitted {
  readonly caller: string;
  /** Rows that have not run. */
  left: number;
  /** Until when it counts: its runtime may have dropped it. */
  readonly until: number;
}

interface Turn {
  readonly call: Call;
  readonly rows: number;
  /** Set when the turn may begin. */
  granted: boolean;
  /** Until when the turn counts without a sign of life, in milliseconds. */
  until: number;
  wake(): void;
}

const MAX_RETRY_SECONDS = 60;
/** What a turn counts in the rate, relative to the one after it. */
const MEMORY = 0.9;

/**
 * Shares one backend's time among requests: callers take turns, and so do the requests of one caller, so that a small
 * request waits for one share of each large one at most. Requests that would wait for too long are refused.
 *
 * A Worker's runtime may drop a request at any point, after which none of its code runs. So a turn is a lease: one that
 * has shown no sign of life for TURN_LEASE_MS no longer counts.
 */
export class FairTurns {
  readonly #name: string;
  readonly #limits: TurnLimits;
  readonly #now: () => number;
  /** By caller. */
  readonly #waiting = new Map<string, Turn[]>();
  readonly #running = new Set<Turn>();
  /** The number of each caller's last turn, as long as it has a place. */
  readonly #lastTurns = new Map<string, number>();
  #turns = 0;
  readonly #admitted = new Set<Admitted>();
  /** Of the turns so far, the latest counting most. */
  #recent = { ms: 0, rows: 0 };
  #lastMsPerRow = 0;
  #busySince = 0;

  /** @param name the backend's, for refusals */
  constructor(name: string, limits: TurnLimits, now: () => number) {
    this.#name = name;
    this.#limits = limits;
    this.#now = now;
  }

  /** Rows that wait or run. */
  get depth(): number {
    return this.#admitted.values().reduce((sum, { left }) => sum + left, 0);
  }

  /** How long one row has taken lately, in milliseconds; 0 before the first, and where the clock stands still. */
  get msPerRow(): number {
    return this.#recent.rows === 0 ? 0 : this.#recent.ms / this.#recent.rows;
  }

  /** As many rows as take this long at the rate so far; the first run of a model counts little, since it loads it. */
  rowsIn(ms: number, most: number): number {
    const msPerRow = Math.min(this.msPerRow, this.#lastMsPerRow);
    return msPerRow === 0 ? most : Math.min(most, Math.max(1, Math.floor(ms / msPerRow)));
  }

  /** @throws IsobitError OVERLOADED with `retryAfterSeconds` */
  admit(call: Call, rows: number, rowsPerTurn: number): Place {
    const now = this.#now();
    for (const each of this.#admitted) if (each.until < now) this.#leave(each);
    const waitMs = this.#rowsBefore(call.caller, rows, rowsPerTurn) * this.msPerRow;
    const { depth } = this;
    const full = depth > 0 && depth + rows > this.#limits.maxRows;
    if (full || waitMs > this.#limits.maxWaitMs()) throw this.#overloaded(waitMs);
    const admitted: Admitted = { caller: call.caller, left: rows, until: now + call.remainingMs() + TURN_LEASE_MS };
    this.#admitted.add(admitted);
    return {
      turn: async (share, work) => {
        const turn = this.#turn(call, share, work);
        call.keep(turn);
        const result = await turn;
        admitted.left -= share;
        return result;
      },
      leave: () => this.#leave(admitted),
    };
  }

  #leave(place: Admitted): void {
    this.#admitted.delete(place);
    const { caller } = place;
    if (!this.#admitted.values().some((each) => each.caller === caller)) this.#lastTurns.delete(caller);
  }

  /** The rows of others that run before a new request of so many rows is done. */
  #rowsBefore(caller: string, rows: number, rowsPerTurn: number): number {
    const turns = Math.ceil(rows / rowsPerTurn);
    let own = 0;
    const others = new Map<string, number>();
    for (const { caller: of, left } of this.#admitted) {
      if (of === caller) own += Math.min(left, turns * rowsPerTurn);
      else others.set(of, (others.get(of) ?? 0) + left);
    }
    const untilDone = own + turns * rowsPerTurn;
    return own + others.values().reduce((sum, left) => sum + Math.min(left, untilDone), 0);
  }

  async #turn<Result>(call: Call, rows: number, work: () => Promise<Result>): Promise<Result> {
    call.throwIfEnded();
    const turn: Turn = { call, rows, granted: false, until: this.#lease(), wake: () => {} };
    this.#enqueue(turn);
    this.#grant();
    try {
      while (!turn.granted) {
        await changeOrPoll(turn);
        call.throwIfEnded();
        this.#renew(turn);
        this.#grant();
      }
    } catch (error) {
      this.#remove(turn);
      throw error;
    }
    turn.until = this.#now() + call.remainingMs() + TURN_LEASE_MS;
    // A caller that leaves is not waited for, but the backend stays busy until the work is done.
    const working = work().finally(() => this.#finish(turn));
    call.keep(working);
    return await orEnded(working, call);
  }

  #enqueue(turn: Turn): void {
    const queue = this.#waiting.get(turn.call.caller);
    if (queue) queue.push(turn);
    else this.#waiting.set(turn.call.caller, [turn]);
  }

  /** The thread may have been busy for so long that this turn was taken for lost. */
  #renew(turn: Turn): void {
    turn.until = this.#lease();
    const waits = this.#waiting.get(turn.call.caller)?.includes(turn) ?? false;
    if (!turn.granted && !waits) this.#enqueue(turn);
  }

  /** Lets the next turns begin, as many as fit. */
  #grant(): void {
    const now = this.#now();
    for (const turn of this.#running) if (turn.until < now) this.#running.delete(turn);
    for (let next = this.#next(); next; next = this.#next()) {
      const isLost = next.until < now;
      if (!isLost && !this.#fits(next)) return;
      this.#dequeue(next);
      if (isLost) continue;
      this.#lastTurns.set(next.call.caller, ++this.#turns);
      if (this.#running.size === 0) this.#busySince = now;
      this.#running.add(next);
      next.granted = true;
      next.wake();
    }
  }

  /** The caller's whose last turn is longest ago. */
  #next(): Turn | undefined {
    let found: { readonly queue: readonly Turn[]; readonly last: number } | undefined;
    for (const [caller, queue] of this.#waiting) {
      const last = this.#lastTurns.get(caller) ?? 0;
      if (!found || last < found.last) found = { queue, last };
    }
    return found?.queue[0];
  }

  #fits(turn: Turn): boolean {
    let rows = 0;
    for (const running of this.#running) rows += running.rows;
    return rows === 0 || rows + turn.rows <= this.#limits.rowsAtOnce;
  }

  #finish(turn: Turn): void {
    const now = this.#now();
    const { ms, rows } = this.#recent;
    this.#lastMsPerRow = (now - this.#busySince) / turn.rows;
    this.#recent = { ms: ms * MEMORY + now - this.#busySince, rows: rows * MEMORY + turn.rows };
    this.#busySince = now;
    this.#remove(turn);
  }

  #remove(turn: Turn): void {
    this.#running.delete(turn);
    this.#dequeue(turn);
    this.#grant();
  }

  #dequeue(turn: Turn): void {
    const { caller } = turn.call;
    const left = this.#waiting.get(caller)?.filter((each) => each !== turn) ?? [];
    if (left.length > 0) this.#waiting.set(caller, left);
    else this.#waiting.delete(caller);
  }

  #lease(): number {
    return this.#now() + TURN_LEASE_MS;
  }

  #overloaded(waitMs: number): IsobitError {
    const retryAfterSeconds = Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil(waitMs / 1000)));
    const message = `${this.#name} already has ${this.depth} images to run. Retry in ${retryAfterSeconds} s.`;
    return new IsobitError("OVERLOADED", message, { details: { retryAfterSeconds } });
  }
}

/**
 * Promise and timer belong to the waiting request: a Worker settles a promise within the request that made it, so that
 * one made by another request is not settled once that request has ended.
 */
async function changeOrPoll(turn: Turn): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  turn.wake = resolve;
  const removeListener = turn.call.onEnd(() => resolve());
  const timer = setTimeout(resolve, TURN_POLL_MS);
  await promise;
  clearTimeout(timer);
  removeListener();
}

/** @throws IsobitError TIMEOUT as soon as the call ends */
async function orEnded<Result>(work: Promise<Result>, call: Call): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const removeListener = call.onEnd(reject);
  return await Promise.race([work, promise]).finally(removeListener);
}
