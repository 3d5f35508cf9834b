import { IsobitError, messageOf } from "#core/errors.ts";
import type { ModelInfo } from "#core/model/model.ts";
import type { Device } from "./device.ts";
import type { PostedInference, Progress } from "./messages.ts";
import { BROWSER_PROVIDERS, type Provider, PROVIDERS } from "./providers.ts";
import { createRemote, type RemoteRuntime } from "./remote.ts";
import { remember, wasWanted } from "./remembered.ts";

type RowState =
  | { readonly kind: "off" }
  /** Null before the first byte. */
  | { readonly kind: "loading"; readonly progress: Progress | null }
  | { readonly kind: "ready" }
  /** The browser does not offer it, or it stopped; in words a person can act on. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** One provider of this browser, and how it is. */
export interface BrowserRow {
  readonly provider: Provider;
  /** Its name among the other sources, e.g. BROWSER_WASM. */
  readonly source: string;
  readonly title: string;
  readonly state: RowState;
  /** Null until it is known. */
  readonly runtimeVersion: string | null;
  readonly device: Device | null;
}

export interface RuntimeState {
  /** The reader asked for it, now or on an earlier visit. */
  readonly wanted: boolean;
  readonly rows: readonly BrowserRow[];
}

/** onnxruntime-web in this page: nothing of it is loaded before `start`. One a page, whatever view is shown. */
class BrowserRuntime {
  #state: RuntimeState = { wanted: false, rows: PROVIDERS.map(rowWhileOff) };
  readonly #remotes = new Map<Provider, RemoteRuntime>();
  readonly #turns = new Map<Provider, Promise<unknown>>();
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): RuntimeState => this.#state;

  /** Loads every provider, and does so again on the next visit. */
  start(): void {
    if (this.#state.wanted) return;
    remember(true);
    this.#publish({ ...this.#state, wanted: true });
    for (const provider of PROVIDERS) void this.#launch(provider);
  }

  startIfRemembered(): void {
    if (wasWanted()) this.start();
  }

  /** Ends everything, and does not start it on the next visit. */
  stop(): void {
    remember(false);
    for (const remote of this.#remotes.values()) remote.end();
    this.#remotes.clear();
    this.#publish({ wanted: false, rows: PROVIDERS.map(rowWhileOff) });
  }

  retry(provider: Provider): void {
    if (this.#state.wanted) void this.#launch(provider);
  }

  /** Ends these sources: what they need besides their own runtime did not come. */
  giveUp(sources: readonly string[], reason: string): void {
    for (const { provider, source } of this.#state.rows) {
      const remote = this.#remotes.get(provider);
      if (remote !== undefined && sources.includes(source)) this.#drop(provider, remote, reason);
    }
  }

  /**
   * Runs a model here, after whatever was asked before.
   * @param tensors one image each; one inference each comes back, in order
   * @throws IsobitError; whatever the signal was aborted with, where it was before this one's turn
   */
  run(
    provider: Provider,
    model: ModelInfo,
    tensors: readonly Float32Array[],
    signal: AbortSignal,
  ): Promise<readonly PostedInference[]> {
    const turn = (this.#turns.get(provider) ?? Promise.resolve()).then(async () => {
      signal.throwIfAborted();
      return await this.#runNow(provider, model, tensors);
    });
    this.#turns.set(
      provider,
      turn.catch(() => {}),
    );
    return turn;
  }

  async #runNow(
    provider: Provider,
    model: ModelInfo,
    tensors: readonly Float32Array[],
  ): Promise<readonly PostedInference[]> {
    const remote = this.#remotes.get(provider);
    if (remote === undefined) {
      throw new IsobitError("BACKEND_UNAVAILABLE", `${BROWSER_PROVIDERS[provider].source} was stopped in this page.`);
    }
    const isCurrent = (): boolean => this.#remotes.get(provider) === remote;
    try {
      const { inferences, device } = await remote.run(model, tensors);
      if (isCurrent()) this.#change(provider, { state: { kind: "ready" }, device });
      return inferences;
    } catch (error) {
      if (isCurrent()) this.#change(provider, { state: { kind: "ready" } });
      throw error;
    }
  }

  async #launch(provider: Provider): Promise<void> {
    const remote = createRemote(provider, {
      onProgress: (progress) => this.#changeCurrent(provider, remote, { state: { kind: "loading", progress } }),
      onLost: (reason) => this.#drop(provider, remote, reason),
    });
    this.#remotes.set(provider, remote);
    this.#change(provider, { state: { kind: "loading", progress: null }, runtimeVersion: null, device: null });
    try {
      const { runtimeVersion, device } = await remote.start();
      this.#changeCurrent(provider, remote, { state: { kind: "ready" }, runtimeVersion, device });
    } catch (error) {
      this.#drop(provider, remote, messageOf(error));
    }
  }

  #drop(provider: Provider, remote: RemoteRuntime, reason: string): void {
    if (this.#remotes.get(provider) !== remote) return;
    this.#remotes.delete(provider);
    remote.end();
    this.#change(provider, { state: { kind: "unavailable", reason } });
  }

  #changeCurrent(provider: Provider, remote: RemoteRuntime, changes: Partial<BrowserRow>): void {
    if (this.#remotes.get(provider) === remote) this.#change(provider, changes);
  }

  #change(provider: Provider, changes: Partial<BrowserRow>): void {
    const rows = this.#state.rows.map((row) => (row.provider === provider ? { ...row, ...changes } : row));
    this.#publish({ ...this.#state, rows });
  }

  #publish(state: RuntimeState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function rowWhileOff(provider: Provider): BrowserRow {
  const { source, title } = BROWSER_PROVIDERS[provider];
  return { provider, source, title, state: { kind: "off" }, runtimeVersion: null, device: null };
}

export const browserRuntime = new BrowserRuntime();
