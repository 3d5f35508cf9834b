import { IsobitError, messageOf } from "#core/errors.ts";
import type { ModelInfo } from "#core/model/model.ts";
import type { Device } from "./device.ts";
import type { PostedInference, Progress } from "./messages.ts";
import { BROWSER_PROVIDERS, type Provider, PROVIDERS } from "./providers.ts";
import { Store } from "../store.ts";
import { createRemote, type RemoteRuntime } from "./remote.ts";

type RowState =
  | { readonly kind: "off" }
  /** Null before the first byte. */
  | { readonly kind: "loading"; readonly progress: Progress | null }
  | { readonly kind: "ready" }
  /** The browser does not offer it, or it failed. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** One provider of this browser and its state. */
export interface BrowserRow {
  readonly provider: Provider;
  /** Its name among the other sources, e.g. BROWSER_WASM. */
  readonly source: string;
  readonly title: string;
  readonly state: RowState;
  /** Null until it is loaded. */
  readonly runtimeVersion: string | null;
  readonly device: Device | null;
}

export interface RuntimeState {
  /** Enabled by the user, now or on an earlier visit. */
  readonly wanted: boolean;
  readonly rows: readonly BrowserRow[];
}

const KEY = "isobit.run-in-this-browser";

/** onnxruntime-web in this page, shared by all views. Nothing is loaded before `start`. */
class BrowserRuntime extends Store<RuntimeState> {
  readonly #remotes = new Map<Provider, RemoteRuntime>();
  readonly #turns = new Map<Provider, Promise<unknown>>();

  constructor() {
    super({ wanted: false, rows: PROVIDERS.map(rowWhileOff) });
  }

  /** Loads every provider, now and on later visits. */
  start(): void {
    if (this.snapshot().wanted) return;
    remember(true);
    this.publish({ wanted: true });
    for (const provider of PROVIDERS) void this.#launch(provider);
  }

  startIfRemembered(): void {
    try {
      if (localStorage.getItem(KEY) === "yes") this.start();
    } catch {
      // Storage is off: the user enables it again on each visit.
    }
  }

  /** Ends every provider, and does not start them on later visits. */
  stop(): void {
    remember(false);
    for (const remote of this.#remotes.values()) remote.end();
    this.#remotes.clear();
    this.publish({ wanted: false, rows: PROVIDERS.map(rowWhileOff) });
  }

  retry(provider: Provider): void {
    if (this.snapshot().wanted) void this.#launch(provider);
  }

  /** Ends these sources: something else that they need could not be loaded. */
  giveUp(sources: readonly string[], reason: string): void {
    for (const { provider, source } of this.snapshot().rows) {
      const remote = this.#remotes.get(provider);
      if (remote !== undefined && sources.includes(source)) this.#drop(provider, remote, reason);
    }
  }

  /**
   * Runs a model after all earlier requests to the same provider.
   * @param tensors one per image
   * @returns one inference per tensor, in order
   * @throws IsobitError; the signal's reason if it is aborted before this run starts
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
      throw new IsobitError("BACKEND_UNAVAILABLE", `${BROWSER_PROVIDERS[provider].source} was stopped on this page.`);
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
    this.publish({
      rows: this.snapshot().rows.map((row) => (row.provider === provider ? { ...row, ...changes } : row)),
    });
  }
}

function remember(wanted: boolean): void {
  try {
    if (wanted) localStorage.setItem(KEY, "yes");
    else localStorage.removeItem(KEY);
  } catch {
    // Storage is off: the choice lasts for this visit only.
  }
}

function rowWhileOff(provider: Provider): BrowserRow {
  const { source, title } = BROWSER_PROVIDERS[provider];
  return { provider, source, title, state: { kind: "off" }, runtimeVersion: null, device: null };
}

export const browserRuntime = new BrowserRuntime();
