import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { finished } from "node:stream/promises";
import { stripVTControlCharacters } from "node:util";
import { messageOf } from "#core/errors.ts";
import { HOST_EXIT_GRACE_MS } from "#core/limits.ts";
import { scriptPath } from "./installation.ts";
import { PendingResponses } from "./pending-responses.ts";

const KEPT_STDERR_CHARACTERS = 4_000;

/** A process that is inside native code does not notice that its parent ends. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** The process ended or did not respond, so nothing is known about its request. The message follows the process's name. */
export class ProcessLost extends Error {
  override readonly name = "ProcessLost";
  readonly timedOut: boolean;

  constructor(message: string, timedOut: boolean) {
    super(message);
    this.timedOut = timedOut;
  }
}

/**
 * A Node process that runs a script of isobit and responds to requests in order. It ends when this process does. Unlike
 * a thread it can be killed inside native code, and a crash there ends only that process.
 */
export class ChildProcessClient<Request extends object, Response> {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #responses = new PendingResponses<Response>();
  #timer: NodeJS.Timeout | undefined;
  #stderr = "";
  #gone: string | undefined;

  /**
   * @param script path from isobit's root, without extension
   * @param environment added to this process's own; null or undefined removes a variable
   */
  constructor(
    script: string,
    args: readonly string[] = [],
    environment: Readonly<Record<string, string | null | undefined>> = {},
  ) {
    const added = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value ?? undefined]));
    this.#child = fork(scriptPath(script), args, {
      env: { ...process.env, ...added },
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR_CHARACTERS);
    });
    this.#child.on("message", (response) => {
      clearTimeout(this.#timer);
      this.#responses.resolveOldest(response as Response);
    });
    this.#ended = this.#watch();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Why the process no longer responds, to follow its name; undefined while it runs. */
  get gone(): string | undefined {
    return this.#gone;
  }

  /** The last text that drivers and libraries wrote. */
  get stderr(): string {
    return stripVTControlCharacters(this.#stderr).trim();
  }

  /**
   * @param timeoutMs counted from the response to the request before; default: no limit
   * @throws ProcessLost when the process ends or does not respond in time, which kills it
   */
  async request(request: Request, timeoutMs?: number): Promise<Response> {
    if (this.#gone !== undefined) throw new ProcessLost(this.#gone, false);
    const response = this.#responses.next(() => this.#startTimer(timeoutMs));
    // Sending fails only to a process that is about to end; its end then rejects the response.
    if (this.#child.connected) this.#child.send(request, () => {});
    return await response;
  }

  #startTimer(timeoutMs: number | undefined): void {
    if (timeoutMs !== undefined) this.#timer = setTimeout(() => this.#giveUp(timeoutMs), timeoutMs);
  }

  #giveUp(timeoutMs: number): void {
    this.#child.kill("SIGKILL");
    this.#lose(`did not respond within ${timeoutMs / 1000} s`, true);
  }

  #lose(why: string, timedOut = false): void {
    clearTimeout(this.#timer);
    this.#gone ??= why;
    this.#responses.rejectAll(new ProcessLost(this.#gone, timedOut));
  }

  /** Resolves when the process is gone and its stderr has been read. Node emits no "close" event after a disconnect. */
  async #watch(): Promise<void> {
    running.add(this.#child);
    try {
      const [code, signal] = (await once(this.#child, "exit")) as [number | null, string | null];
      this.#gone ??= signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
      if (this.#child.stderr) await finished(this.#child.stderr);
    } catch (error) {
      this.#gone ??= `could not be started (${messageOf(error)})`;
    } finally {
      running.delete(this.#child);
    }
    this.#lose(this.#gone);
  }

  /** Disconnects, which ends the process once its native code returns; kills it after HOST_EXIT_GRACE_MS. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), HOST_EXIT_GRACE_MS);
    await this.#ended.finally(() => clearTimeout(timer));
  }
}
