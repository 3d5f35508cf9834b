import { messageOf } from "#core/errors.ts";
import type { Explanation } from "#core/explain/explanation.ts";
import type { NodeRequest } from "#core/explain/request.ts";
import { ThreadClient } from "#node/thread-client.ts";

export type ExplainReply =
  | { readonly ok: true; readonly explanation: Explanation | null }
  | { readonly ok: false; readonly message: string };

/** Explains nodes in a thread, which starts with the first request and runs JavaScript alone, so that it may be terminated at any time. */
export class Explainer {
  #thread: ThreadClient<NodeRequest, ExplainReply> | undefined;

  /** @throws Error with the explainer's words, or where the thread is lost; the next request starts it again */
  async explain(request: NodeRequest): Promise<Explanation | null> {
    if (this.#thread?.gone !== undefined) this.#thread = undefined;
    this.#thread ??= new ThreadClient("origin/explain-thread");
    const reply = await this.#thread.request(request).catch((error: unknown) => {
      throw new Error(`the thread that explains ${messageOf(error)}`, { cause: error });
    });
    if (reply.ok) return reply.explanation;
    throw new Error(reply.message);
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }
}
