import { Worker } from "node:worker_threads";
import { PendingAnswers } from "./pending-answers.ts";

/** A thread that answers requests in the order in which it gets them. It does not keep the process alive. */
export class AskedThread<Request, Answer> {
  readonly #thread: Worker;
  readonly #answers = new PendingAnswers<Answer>();
  #gone: string | undefined;

  /** @param entry the thread's script */
  constructor(entry: URL) {
    // What this process was told to load first (a watcher, for example) is not for its threads.
    this.#thread = new Worker(entry, { execArgv: [] });
    this.#thread.unref();
    this.#thread.on("message", (answer: Answer) => this.#answers.resolveOldest(answer));
    this.#thread.on("error", (error) => this.#lose(`broke: ${String(error)}`));
    this.#thread.on("exit", () => this.#lose("has ended"));
  }

  /** Why it answers no more, to follow its name; undefined while it does. */
  get gone(): string | undefined {
    return this.#gone;
  }

  /**
   * @param handedOver buffers of the request that move instead of being copied
   * @throws Error where the thread is lost
   */
  async ask(request: Request, handedOver: readonly ArrayBuffer[] = []): Promise<Answer> {
    if (this.#gone !== undefined) throw new Error(this.#gone);
    this.#thread.postMessage(request, handedOver);
    return await this.#answers.next();
  }

  /** Takes no more requests. Resolves when those that were asked have their answers, so that the thread runs no code. */
  async finish(): Promise<void> {
    this.#gone ??= "is being closed";
    await this.#answers.settled();
  }

  /** Ends it at once. Inside native code, that aborts a Node process. */
  async terminate(): Promise<void> {
    await this.#thread.terminate();
  }

  #lose(why: string): void {
    this.#gone ??= why;
    this.#answers.rejectAll(new Error(this.#gone));
  }
}
