import process from "node:process";
import type { BackendId } from "#core/backends.ts";
import {
  available,
  type Backend,
  type BackendStatus,
  type Inference,
  STILL_TRYING,
  unavailable,
} from "#core/backends/backend.ts";
import { IsobitError, messageOf } from "#core/errors.ts";
import { joinedFloats } from "#core/tensors/joined.ts";
import { HOST_MESSAGE_IMAGES, GPU_MESSAGE_TIMEOUT_MS, PROBE_TIMEOUT_MS, STATUS_WAIT_MS } from "#core/limits.ts";
import type { ModelInfo } from "#core/model/model.ts";
import type { ServedModel } from "#core/model/catalogue.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import { cutPart, recentSource } from "#core/trace/cut.ts";
import type { Part } from "#core/model/part.ts";
import type { Environment } from "./environment.ts";
import type { Host, HostResponse, HostRequest } from "./host-messages.ts";
import { ProcessLost } from "#node/child-process-client.ts";
import { log } from "./log.ts";
import { asInference, failed, notServed, type Outcome, unpacked } from "./outcomes.ts";
import { startHostProcess } from "./start-host.ts";
import { isProviderBuilt, type Provider, RUNTIME_VERSION } from "./session.ts";

/** One driver or device that a GPU backend may run on. */
export interface Adapter {
  /** As `health` shows it; a software adapter is named as one. */
  readonly device: string;
  readonly hardwareGpu: boolean;
  /** What its process needs in its environment before a driver loads. */
  readonly environment: Environment;
}

/** What is particular to a GPU backend: where it may run, and what its failures mean. */
export interface GpuKind {
  readonly id: BackendId;
  readonly provider: Provider;
  /** The adapters to try, best first; or why there is none, and what to do. */
  findAdapters(): Promise<readonly Adapter[] | string>;
  /** Why a try failed, and what to do. */
  explain(failure: string, stderr: string): string;
}

interface Running {
  readonly client: Host;
  readonly adapter: Adapter;
  /** SHA-256 of the models whose session is open in the process. */
  readonly opened: Set<string>;
}

/** A process that has run the default model, or why there is none. */
type State = Running | string;

/**
 * A GPU provider in its own process, so that it gets the environment its driver needs, and a driver that crashes
 * takes only that process along. It is tried once at the start; after a crash the next use starts it again.
 */
export class GpuBackend implements Backend {
  readonly id: BackendId;
  readonly #kind: GpuKind;
  readonly #models: readonly ServedModel[];
  readonly #onRestart: () => void;
  readonly #sourceOf = recentSource((model: ModelInfo) => this.#served(model).executed);
  #state: Promise<State>;
  #queue: Promise<unknown> = Promise.resolve();
  #client: Host | undefined;
  #closing = false;

  constructor(kind: GpuKind, models: readonly ServedModel[], onRestart: () => void) {
    this.id = kind.id;
    this.#kind = kind;
    this.#models = models;
    this.#onRestart = onRestart;
    this.#state = this.#start();
  }

  /** Waits for the first try, at most STATUS_WAIT_MS. */
  async status(): Promise<BackendStatus> {
    const state = await withDeadline(this.#running(), STATUS_WAIT_MS, STILL_TRYING);
    if (typeof state === "string") return unavailable(this.id, state, RUNTIME_VERSION);
    const { device, hardwareGpu } = state.adapter;
    return available(this.id, { runtimeVersion: RUNTIME_VERSION, device, hardwareGpu });
  }

  async infer(model: ModelInfo, tensors: readonly Float32Array[]): Promise<Inference[]> {
    const outcomes: Outcome[] = [];
    for (let at = 0; at < tensors.length; at += HOST_MESSAGE_IMAGES) {
      const share = tensors.slice(at, at + HOST_MESSAGE_IMAGES);
      outcomes.push(...(await this.#inTurn(() => this.#inferShare(model, share))));
    }
    return outcomes.map((outcome) => asInference(this.id, outcome));
  }

  async evaluate(model: ModelInfo, part: Part, feeds: NamedTensors): Promise<NamedTensors> {
    const cut = cutPart(await this.#sourceOf(model), part, feeds);
    const answer = await this.#askInTurn({
      ask: "run part",
      input: model.input,
      sizeBytes: this.#served(model).executed.length,
      part: cut,
      feeds,
    });
    return answer.is === "part run" ? answer.outputs : this.#refused(answer);
  }

  async fusedNodes(model: ModelInfo, part: Part): Promise<readonly string[] | null> {
    const cut = cutPart(await this.#sourceOf(model), part, new Map());
    const answer = await this.#askInTurn({ ask: "fused nodes", part: cut });
    return answer.is === "nodes fused" ? answer.nodes : this.#refused(answer);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#client?.close();
  }

  /** The process answers one request at a time; shares of several calls take turns. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  #askInTurn(request: HostRequest): Promise<HostResponse> {
    return this.#inTurn(async () => await this.#ask(await this.#available(), request));
  }

  async #available(): Promise<Running> {
    const state = await this.#running();
    if (typeof state !== "string") return state;
    throw new IsobitError("BACKEND_UNAVAILABLE", `${this.id} is not available: ${state}`);
  }

  #refused(answer: HostResponse): never {
    throw failed(this.id, answer.is === "failed" ? answer.message : "an unexpected response");
  }

  async #inferShare(model: ModelInfo, tensors: readonly Float32Array[]): Promise<readonly Outcome[]> {
    const state = await this.#available();
    if (!state.opened.has(model.sha256)) await this.#open(state, model);
    const answer = await this.#ask(state, { ask: "infer", sha256: model.sha256, rows: joinedFloats(tensors) });
    return answer.is === "inferred" ? unpacked(answer.outcomes, model) : this.#refused(answer);
  }

  async #open(running: Running, model: ModelInfo): Promise<void> {
    const { info, executed } = this.#served(model);
    const answer = await this.#ask(running, { ask: "open", model: info, bytes: executed });
    if (answer.is === "failed") throw failed(this.id, `${info.id} cannot run: ${answer.message}`);
    running.opened.add(info.sha256);
  }

  #served(model: ModelInfo): ServedModel {
    return this.#models.find(({ info }) => info.sha256 === model.sha256) ?? notServed(this.id, model);
  }

  /** @throws IsobitError BACKEND_FAILED or TIMEOUT for the call that was in flight when the process was lost */
  async #ask({ client }: Running, request: HostRequest): Promise<HostResponse> {
    try {
      return await client.request(request, GPU_MESSAGE_TIMEOUT_MS);
    } catch (error) {
      if (!(error instanceof ProcessLost)) throw error;
      const message = `its process was lost during this call (it ${error.message}); the next call restarts it`;
      log(`${this.id}: ${message}. ${client.stderr ?? ""}`);
      throw error.timedOut ? new IsobitError("TIMEOUT", `${this.id}: ${message}.`) : failed(this.id, message);
    }
  }

  /** The current state, started anew where the process has been lost since. */
  async #running(): Promise<State> {
    const seen = this.#state;
    const state = await seen;
    if (typeof state === "string" || state.client.gone === undefined || this.#closing) return state;
    if (this.#state === seen) {
      this.#state = this.#start();
      this.#onRestart();
    }
    return await this.#state;
  }

  /** Never throws: a failure becomes the reason that `health` shows. */
  async #start(): Promise<State> {
    try {
      if (!isProviderBuilt(this.#kind.provider)) {
        return `onnxruntime-node ${RUNTIME_VERSION} has no ${this.#kind.provider} provider for ${process.platform} ${process.arch}.`;
      }
      const adapters = await this.#kind.findAdapters();
      return typeof adapters === "string" ? adapters : await this.#firstThatAnswers(adapters);
    } catch (error) {
      return messageOf(error);
    }
  }

  async #firstThatAnswers(adapters: readonly Adapter[]): Promise<State> {
    const failures: string[] = [];
    const until = performance.now() + PROBE_TIMEOUT_MS;
    for (const adapter of adapters) {
      if (this.#closing) break;
      const tried = await this.#try(adapter, Math.max(1, until - performance.now()));
      if (typeof tried !== "string") return tried;
      failures.push(`${adapter.device}: ${tried}`);
    }
    return failures.join(" ");
  }

  async #try(adapter: Adapter, timeoutMs: number): Promise<State> {
    const [model] = this.#models;
    if (!model) return "No model is served.";
    const client = startHostProcess(this.#kind.provider, adapter.environment);
    this.#client = client;
    try {
      const answer = await client.request({ ask: "open", model: model.info, bytes: model.executed }, timeoutMs);
      if (answer.is === "opened") return { client, adapter, opened: new Set([model.info.sha256]) };
      await client.close();
      return this.#kind.explain(
        answer.is === "failed" ? answer.message : "It sent an unexpected message.",
        client.stderr ?? "",
      );
    } catch (error) {
      await client.close();
      return this.#kind.explain(`Its process ${messageOf(error)}.`, client.stderr ?? "");
    }
  }
}

async function withDeadline<T>(work: Promise<T>, timeoutMs: number, late: T): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(() => resolve(late), timeoutMs);
  return await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
