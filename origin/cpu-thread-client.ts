import { Worker } from "node:worker_threads";
import type { ServedModel } from "#core/catalogue.ts";
import { entryFile } from "#core/entry-file.ts";
import type { HostAnswer, HostQuestion } from "./host-messages.ts";

export interface ThreadQuestion {
  readonly id: number;
  readonly question: HostQuestion;
}

export interface ThreadAnswer {
  readonly id: number;
  readonly answer: HostAnswer;
}

interface Waiting {
  resolve(answer: HostAnswer): void;
  reject(error: Error): void;
}

/** The CPU provider's sessions in a thread of their own. Where it is lost, the next question starts it again. */
export class CpuThread {
  readonly #models: readonly ServedModel[];
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #count = 0;

  /** @param models whose sessions are open before any question is answered */
  constructor(models: readonly ServedModel[]) {
    this.#models = models;
  }

  /** Starts it. @returns what came of opening each model, in their order @throws Error where the thread cannot start */
  async open(): Promise<readonly HostAnswer[]> {
    const answers = await Promise.all(this.#start());
    // From here on the server keeps the process alive.
    this.#thread?.unref();
    return answers;
  }

  /** @throws Error where the thread is lost, or ended already */
  ask(question: HostQuestion): Promise<HostAnswer> {
    if (!this.#thread) {
      for (const opened of this.#start()) opened.catch(() => {});
      this.#thread!.unref();
    }
    return this.#post(question);
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #start(): Promise<HostAnswer>[] {
    const entry = new URL(entryFile(import.meta.url, "./cpu-thread"), import.meta.url);
    // What this process was told to load first (a watcher, say) is not for its threads.
    const thread = new Worker(entry, { execArgv: [] });
    thread.on("message", ({ id, answer }: ThreadAnswer) => {
      this.#waiting.get(id)?.resolve(answer);
      this.#waiting.delete(id);
    });
    thread.on("error", (error) => this.#lose(thread, `the thread that infers broke: ${String(error)}`));
    thread.on("exit", () => this.#lose(thread, "the thread that infers has ended"));
    this.#thread = thread;
    return this.#models.map(({ info, executed }) => this.#post({ ask: "open", model: info, bytes: executed }));
  }

  #post(question: HostQuestion): Promise<HostAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<HostAnswer>();
    const id = this.#count++;
    this.#waiting.set(id, { resolve, reject });
    const message: ThreadQuestion = { id, question };
    this.#thread!.postMessage(message, question.ask === "infer" ? [question.rows.buffer] : []);
    return promise;
  }

  #lose(thread: Worker, why: string): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error(why));
    this.#waiting.clear();
  }
}
