import type { ServedModel } from "#core/model/catalogue.ts";
import { messageOf } from "#core/errors.ts";
import type { Host, HostResponse, HostRequest } from "./host-messages.ts";
import { log } from "./log.ts";

/** Starts a process or a thread that holds the CPU provider's sessions. */
export type StartHost = () => Host;

/** The host of the CPU provider's sessions. Where it is lost, the next request starts it again. */
export class CpuHost {
  readonly #start: StartHost;
  readonly #onRestart: () => void;
  #models: readonly ServedModel[] = [];
  #host: Host;
  #closed = false;

  /** Starts it, so that it is up by the time the models have been read. */
  constructor(start: StartHost, onRestart: () => void = () => {}) {
    this.#start = start;
    this.#onRestart = onRestart;
    this.#host = start();
  }

  /**
   * @param models that it holds from now on, also when it is started again
   * @returns one response per model, in order
   * @throws Error where the host is lost
   */
  open(models: readonly ServedModel[]): Promise<HostResponse[]> {
    this.#models = models;
    return Promise.all(
      models.map(({ info, executed }) => this.#host.request({ ask: "open", model: info, bytes: executed })),
    );
  }

  /** @throws Error in words for the caller where the host is lost */
  async request(request: HostRequest): Promise<HostResponse> {
    if (this.#host.gone !== undefined && !this.#closed) {
      this.#host = this.#start();
      this.#onRestart();
      // If a model no longer opens, the response to the request says so.
      this.open(this.#models).catch(() => {});
    }
    const host = this.#host;
    return await host.request(request).catch((error: unknown) => {
      const next = this.#closed ? "" : "; the next call restarts it";
      const message = `its host was lost during this call (it ${messageOf(error)})${next}`;
      log(`CPU: ${message}. ${host.stderr ?? ""}`);
      throw new Error(message, { cause: error });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#host.close();
  }
}
