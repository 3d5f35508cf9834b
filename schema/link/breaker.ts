import { LINK_PROBE_TIMEOUT_MS, LINK_RETRY_MS } from "#core/limits.ts";

/**
 * Whether the other side may be asked. After it has failed to respond in time, no request waits for it again: every
 * LINK_RETRY_MS one request tests it, and the others are refused until it responds.
 *
 * The state is moments and not promises: a Worker may drop the request that tests, which then never reports.
 */
export class Breaker {
  readonly #now: () => number;
  /** Since when it has been silent; null while it responds. */
  #silentSince: number | null = null;
  #nextTest = 0;
  #lastResponse = 0;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** "test": the caller has to find out whether the other side responds; "refuse": it was silent a moment ago. */
  state(): "closed" | "test" | "refuse" {
    if (this.#silentSince === null) return "closed";
    if (this.#now() < this.#nextTest) return "refuse";
    this.#nextTest = this.#now() + LINK_PROBE_TIMEOUT_MS + LINK_RETRY_MS;
    return "test";
  }

  get isSilent(): boolean {
    return this.#silentSince !== null;
  }

  /** How long it has been silent, in whole seconds. */
  silentSeconds(): number {
    return this.#silentSince === null ? 0 : Math.round((this.#now() - this.#silentSince) / 1000);
  }

  responded(): void {
    this.#lastResponse = this.#now();
    this.#silentSince = null;
  }

  /** @param since when the question was asked that got no response; another one may have got one in the meantime */
  silent(since: number): void {
    if (this.#lastResponse > since) return;
    this.#silentSince ??= since;
    this.#nextTest = this.#now() + LINK_RETRY_MS;
  }
}
