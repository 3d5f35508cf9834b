import { entryFile } from "#node/entry-file.ts";
import { HOST_EXIT_GRACE_MS } from "#core/limits.ts";
import { AskedThread } from "#node/asked-thread.ts";
import type { Host, HostResponse, HostRequest } from "./host-messages.ts";

/**
 * A thread that holds the CPU provider's sessions, for Deno, where the origin may start no process. It is terminated only
 * while it waits for a request: ONNX Runtime's addon aborts a Node process whose thread is terminated inside it.
 */
export class HostThread implements Host {
  readonly #thread = new AskedThread<HostRequest, HostResponse>(
    new URL(entryFile(import.meta.url, "./host-thread"), import.meta.url),
  );
  readonly stderr = "";

  get gone(): string | undefined {
    return this.#thread.gone;
  }

  ask(request: HostRequest): Promise<HostResponse> {
    return this.#thread.ask(request, request.ask === "infer" ? [request.rows.buffer] : []);
  }

  /** A thread that stays inside ONNX Runtime is left running: under Deno the end of the process does not wait for it. */
  async close(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, HOST_EXIT_GRACE_MS);
    const ended = this.#thread.finish().then(() => this.#thread.terminate());
    await Promise.race([ended, late.promise]).finally(() => clearTimeout(timer));
  }
}
