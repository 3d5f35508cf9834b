import type { Side } from "#core/backends.ts";
import type { Call } from "#core/call.ts";
import { IsobitError, messageOf } from "#core/errors.ts";
import { LINK_PROBE_AFTER_MS, LINK_PROBE_TIMEOUT_MS, LINK_REPEAT_AFTER_MS } from "#core/limits.ts";
import { CALLER_HEADER, TIMEOUT_HEADER } from "../admission/open-calls.ts";
import { Breaker } from "./breaker.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPE, type Message } from "./message.ts";
import { signatureOf } from "./signature.ts";
import { type Answers, type Asked, fromFailure, type Question, type WireFailure } from "./questions.ts";

export interface LinkOptions {
  /** The other side's root, e.g. http://127.0.0.1:4000. */
  readonly url: string;
  /** ORIGIN_TOKEN; without it the other side is not asked, and its backends' statuses say so. */
  readonly token: string | undefined;
  /** The side that is reached. */
  readonly holds: Side;
  fetch(request: Request): Promise<Response>;
  /** Milliseconds since some fixed moment. */
  now(): number;
}

/** @throws IsobitError */
export type Ask = <Name extends Question>(
  name: Name,
  asked: Asked<Name>,
  timeoutMs: number,
  more?: {
    readonly bytes?: Message["bytes"] | undefined;
    /** The request that this is for: the other side's work ends with it. */
    readonly call?: Call | undefined;
  },
) => Promise<{ readonly json: Answers[Name]; readonly bytes: Message["bytes"] }>;

interface Exchanged {
  readonly ok: boolean;
  readonly status: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** One POST to the other side, every failure of it as an IsobitError that says what to do. */
export function asker(options: LinkOptions): Ask {
  const { url, token, holds } = options;
  const side = holds.toLowerCase();
  const root = new URL("link/", url.endsWith("/") ? url : `${url}/`);
  const wire = new Wire(options);
  return async (name, json, timeoutMs, { bytes = [], call } = {}) => {
    if (token === undefined) {
      throw new IsobitError(
        "UNAUTHENTICATED",
        `ORIGIN_TOKEN is not set, so the ${side} cannot be called. Start both sides with the same ORIGIN_TOKEN (isobit start does).`,
      );
    }
    const body = encodeMessage({ json, bytes });
    const limitMs = Math.max(1, Math.ceil(Math.min(timeoutMs, call?.remainingMs() ?? timeoutMs)));
    const headers = {
      "content-type": MESSAGE_TYPE,
      authorization: await signatureOf(token, name, body, call?.caller ?? ""),
      [TIMEOUT_HEADER]: String(limitMs),
      ...(call && { [CALLER_HEADER]: call.caller }),
    };
    const request = (): Request => new Request(new URL(name, root), { method: "POST", headers, body });
    const exchanged = await wire.exchange(request, limitMs, call);
    const failure = exchanged.ok ? undefined : failureIn(exchanged.body);
    if (failure) throw fromFailure({ ...failure, message: `The ${side} says: ${failure.message}` });
    try {
      const answer = decodeMessage(exchanged.body);
      return { json: answer.json as Answers[typeof name], bytes: answer.bytes };
    } catch (error) {
      throw wire.unreachable(
        `the server at that address is not isobit of this version (HTTP ${exchanged.status})`,
        error,
      );
    }
  };
}

/** The connection to the other side, which is not waited for while it is silent. */
class Wire {
  readonly #options: LinkOptions;
  readonly #breaker: Breaker;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#breaker = new Breaker(options.now);
  }

  /** @throws IsobitError TIMEOUT, also once the call has ended, or what `unreachable` returns */
  async exchange(request: () => Request, timeoutMs: number, call: Call | undefined): Promise<Exchanged> {
    const state = this.#breaker.state();
    const silent = state === "refuse" || (state === "test" && !(await this.#isAlive()));
    if (silent) throw this.#silence();
    const since = this.#options.now();
    const hung = new AbortController();
    const ended = new AbortController();
    const removeListener = call?.onEnd((reason) => ended.abort(reason));
    const ends = AbortSignal.any([AbortSignal.timeout(timeoutMs), hung.signal, ended.signal]);
    const stopWatching = this.#watch(hung);
    try {
      return await this.#send(request, ends);
    } catch (error) {
      call?.throwIfEnded();
      if (error instanceof IsobitError) throw error;
      if (hung.signal.aborted) throw this.#silence();
      const { name, cause } = error instanceof Error ? error : new Error(messageOf(error));
      if (name !== "TimeoutError" && name !== "AbortError") throw this.unreachable(messageOf(cause ?? error), error);
      this.#breaker.silent(since);
      const { holds, url } = this.#options;
      const message = `The ${holds.toLowerCase()} at ${url} did not respond within ${timeoutMs / 1000} s.`;
      throw new IsobitError("TIMEOUT", message, { cause: error });
    } finally {
      stopWatching();
      removeListener?.();
    }
  }

  /** ORIGIN_UNREACHABLE for the origin; the edge has no code of its own. */
  unreachable(why: string, cause: unknown): IsobitError {
    const { holds, url } = this.#options;
    const side = holds.toLowerCase();
    const message = `The ${side} at ${url} cannot be reached: ${why.replace(/\.$/, "")}. If \`isobit start\` is still running, the ${side} recovers by itself. Otherwise start it again.`;
    return new IsobitError(holds === "ORIGIN" ? "ORIGIN_UNREACHABLE" : "BACKEND_UNAVAILABLE", message, { cause });
  }

  #silence(): IsobitError {
    const seconds = this.#breaker.silentSeconds();
    return this.unreachable(`it accepts connections, but has not responded for ${seconds} s`, undefined);
  }

  /** Every question only reads, so one that lost its connection is repeated, once. */
  async #send(request: () => Request, signal: AbortSignal): Promise<Exchanged> {
    try {
      return await this.#sendOnce(request(), signal);
    } catch (error) {
      if (signal.aborted || error instanceof IsobitError) throw error;
      await new Promise((resolve) => setTimeout(resolve, LINK_REPEAT_AFTER_MS * (1 + Math.random())));
      return await this.#sendOnce(request(), signal);
    }
  }

  async #sendOnce(request: Request, signal: AbortSignal): Promise<Exchanged> {
    const response = await this.#options.fetch(new Request(request, { signal, redirect: "manual" }));
    // A redirect would carry the questions to an address that is not configured.
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      const variable = `${this.#options.holds}_URL`;
      throw this.unreachable(`it redirects to another address. Put the final address in ${variable}`, undefined);
    }
    const body = new Uint8Array(await response.arrayBuffer());
    this.#breaker.responded();
    return { ok: response.ok, status: response.status, body };
  }

  /**
   * Tests the origin while a call takes long, and ends the call if it is silent. The edge is not tested: a Worker computes
   * on the thread that responds. @returns what ends the watch
   */
  #watch(hung: AbortController): () => void {
    if (this.#options.holds === "EDGE") return () => {};
    const timer = setInterval(async () => {
      if (!(await this.#isAlive())) hung.abort();
    }, LINK_PROBE_AFTER_MS);
    return () => clearInterval(timer);
  }

  async #isAlive(): Promise<boolean> {
    const { url, holds, fetch, now } = this.#options;
    if (holds === "EDGE") return true;
    const since = now();
    const live = new URL("health/live", url.endsWith("/") ? url : `${url}/`);
    try {
      const response = await fetch(
        new Request(live, { signal: AbortSignal.timeout(LINK_PROBE_TIMEOUT_MS), redirect: "manual" }),
      );
      await response.arrayBuffer();
      this.#breaker.responded();
      return true;
    } catch (error) {
      // A refused connection is an answer: the call itself reports it.
      if (!(error instanceof Error) || !/^(Timeout|Abort)Error$/.test(error.name)) return true;
      this.#breaker.silent(since);
      return !this.#breaker.isSilent;
    }
  }
}

/** The error in a refusal; undefined where the body is none. */
function failureIn(body: Uint8Array): WireFailure | undefined {
  try {
    const { errors } = JSON.parse(new TextDecoder().decode(body)) as {
      readonly errors?: readonly { readonly message: string; readonly extensions: Pick<WireFailure, "code"> }[];
    };
    const [first] = errors ?? [];
    if (!first) return undefined;
    const { code, ...details } = first.extensions;
    return { code, message: first.message, details };
  } catch {
    return undefined;
  }
}
