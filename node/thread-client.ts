import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { HOST_EXIT_GRACE_MS } from "#core/limits.ts";
import { scriptPath } from "./installation.ts";
import { PendingResponses } from "./pending-responses.ts";

/** A thread that runs a script of isobit and responds to requests in order. It does not keep the process alive. */
export class ThreadClient<Request, Response> {
  readonly #thread: Worker;
  readonly #responses = new PendingResponses<Response>();
  readonly #transferredOf: (request: Request) => readonly ArrayBuffer[];
  #gone: string | undefined;

  /**
   * @param script path from isobit's root, without extension
   * @param transferredOf the buffers of a request that move to the thread instead of being copied; default: none
   */
  constructor(script: string, transferredOf: (request: Request) => readonly ArrayBuffer[] = () => []) {
    this.#transferredOf = transferredOf;
    // Modules that this process loads first (--import) are not meant for its threads.
    this.#thread = new Worker(pathToFileURL(scriptPath(script)), { execArgv: [] });
    this.#thread.unref();
    this.#thread.on("message", (response: Response) => this.#responses.resolveOldest(response));
    this.#thread.on("error", (error) => this.#lose(`broke: ${String(error)}`));
    this.#thread.on("exit", () => this.#lose("has ended"));
  }

  /** Why the thread no longer responds, to follow its name; undefined while it does. */
  get gone(): string | undefined {
    return this.#gone;
  }

  /** @throws Error where the thread is lost */
  async request(request: Request): Promise<Response> {
    if (this.#gone !== undefined) throw new Error(this.#gone);
    this.#thread.postMessage(request, this.#transferredOf(request));
    return await this.#responses.next();
  }

  /**
   * Ends the thread once it has responded to every request. Native code aborts a Node process whose thread is
   * terminated inside it, so a thread that is still busy after HOST_EXIT_GRACE_MS is left running.
   */
  async close(): Promise<void> {
    this.#gone ??= "is being closed";
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, HOST_EXIT_GRACE_MS);
    const ended = this.#responses.settled().then(() => this.terminate());
    await Promise.race([ended, late.promise]).finally(() => clearTimeout(timer));
  }

  /** Ends the thread at once. Only for threads that run no native code. */
  async terminate(): Promise<void> {
    await this.#thread.terminate();
  }

  #lose(why: string): void {
    this.#gone ??= why;
    this.#responses.rejectAll(new Error(this.#gone));
  }
}
