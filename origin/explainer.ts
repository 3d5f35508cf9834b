import { Worker } from "node:worker_threads";
import { entryFile } from "#core/entry-file.ts";
import type { Explanation } from "#core/explain/explanation.ts";
import type { NodeQuestion } from "#core/explain/question.ts";

export interface ExplainRequest {
  readonly id: number;
  readonly question: NodeQuestion;
}

export type ExplainReply =
  | { readonly id: number; readonly ok: true; readonly explanation: Explanation | null }
  | { readonly id: number; readonly ok: false; readonly message: string };

interface Waiting {
  resolve(explanation: Explanation | null): void;
  reject(error: Error): void;
}

/** Explains nodes in a thread of its own, which starts with the first question and does not keep the process alive. */
export class Explainer {
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #count = 0;

  /** @throws Error with the explainer's words, or where the thread is lost; the next question starts it again */
  async explain(question: NodeQuestion): Promise<Explanation | null> {
    const thread = (this.#thread ??= this.#start());
    const { promise, resolve, reject } = Promise.withResolvers<Explanation | null>();
    const id = this.#count++;
    this.#waiting.set(id, { resolve, reject });
    // A thread has no origin that a message could be meant for.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    thread.postMessage({ id, question } satisfies ExplainRequest);
    return await promise;
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #start(): Worker {
    const thread = new Worker(new URL(entryFile(import.meta.url, "./explain-thread"), import.meta.url));
    thread.unref();
    thread.on("message", (reply: ExplainReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (reply.ok) waiting?.resolve(reply.explanation);
      else waiting?.reject(new Error(reply.message));
    });
    thread.on("error", (error) => this.#lose(`the thread that explains broke: ${error.message}`));
    thread.on("exit", () => this.#lose("the thread that explains has ended"));
    return thread;
  }

  #lose(why: string): void {
    this.#thread = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error(why));
    this.#waiting.clear();
  }
}
