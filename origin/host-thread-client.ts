import { Worker } from "node:worker_threads";
import { entryFile } from "#core/entry-file.ts";
import { HOST_EXIT_GRACE_MS } from "#core/limits.ts";
import { type Host, type HostAnswer, HostLost, type HostQuestion } from "./host-messages.ts";
import { PendingAnswers } from "./pending-answers.ts";

export type ThreadMessage = HostQuestion | "end";

/**
 * A thread that holds the CPU provider's sessions, for Deno, whose origin may start no process. It is never terminated:
 * ONNX Runtime's addon aborts the process when its thread is terminated inside it.
 */
export class HostThread implements Host {
  readonly #thread: Worker;
  readonly #ended: Promise<void>;
  readonly #answers = new PendingAnswers<HostAnswer>();
  readonly stderr = "";
  #gone: string | undefined;

  constructor() {
    const entry = new URL(entryFile(import.meta.url, "./host-thread"), import.meta.url);
    this.#thread = new Worker(entry);
    // The server keeps the process alive.
    this.#thread.unref();
    this.#thread.on("message", (answer: HostAnswer) => this.#answers.take(({ resolve }) => resolve(answer)));
    this.#thread.on("error", (error) => this.#lose(`broke: ${String(error)}`));
    this.#ended = new Promise((resolve) => {
      this.#thread.once("exit", () => (this.#lose("has ended"), resolve()));
    });
  }

  get gone(): string | undefined {
    return this.#gone;
  }

  async ask(question: HostQuestion): Promise<HostAnswer> {
    if (this.#gone !== undefined) throw new HostLost(this.#gone, false);
    this.#thread.postMessage(question satisfies ThreadMessage, question.ask === "infer" ? [question.rows.buffer] : []);
    return await this.#answers.next();
  }

  /** One that is inside ONNX Runtime for longer is left to the end of the process, which under Deno does not wait for it. */
  async close(): Promise<void> {
    this.#thread.postMessage("end" satisfies ThreadMessage, []);
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, HOST_EXIT_GRACE_MS);
    await Promise.race([this.#ended, late.promise]).finally(() => clearTimeout(timer));
    this.#lose("did not end in time");
  }

  #lose(why: string): void {
    this.#gone ??= why;
    this.#answers.rejectAll(new HostLost(this.#gone, false));
  }
}
