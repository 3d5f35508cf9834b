import type { ServedModel } from "#core/catalogue.ts";
import { messageOf } from "#core/errors.ts";
import type { Host, HostAnswer, HostQuestion } from "./host-messages.ts";
import { log } from "./log.ts";

/** Starts a process or a thread that holds the CPU provider's sessions. */
export type StartHost = () => Host;

/** The host of the CPU provider's sessions. Where it is lost, the next question starts it again. */
export class CpuHost {
  readonly #start: StartHost;
  readonly #models: readonly ServedModel[];
  #host: Host;
  #closed = false;

  /** Starts it. @param models whose sessions are opened before any question is answered */
  constructor(start: StartHost, models: readonly ServedModel[]) {
    this.#start = start;
    this.#models = models;
    this.#host = start();
  }

  /** Opens the models. @returns an answer per model, in order @throws HostLost */
  open(): Promise<HostAnswer[]> {
    return Promise.all(
      this.#models.map(({ info, executed }) => this.#host.ask({ ask: "open", model: info, bytes: executed })),
    );
  }

  /** @throws HostLost */
  async ask(question: HostQuestion): Promise<HostAnswer> {
    if (this.#host.gone !== undefined && !this.#closed) {
      this.#host = this.#start();
      // Where a model does not open any more, the answer to the question says so.
      this.open().catch(() => {});
    }
    const host = this.#host;
    return await host.ask(question).catch((error: unknown) => {
      log(`CPU: the host of its sessions was lost (${messageOf(error)}). ${host.stderr}`);
      throw error;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#host.close();
  }
}
