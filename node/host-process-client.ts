import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { entryFile } from "#node/entry-file.ts";
import { messageOf } from "#core/errors.ts";
import { HOST_EXIT_GRACE_MS } from "#core/limits.ts";
import type { Environment } from "#origin/environment.ts";
import type { Host, HostResponse, HostRequest } from "#origin/host-messages.ts";
import { PendingAnswers } from "./pending-answers.ts";
import type { Provider } from "#origin/session.ts";

const ENTRY = fileURLToPath(new URL(entryFile(import.meta.url, "../origin/host-process"), import.meta.url));
const KEPT_STDERR_CHARACTERS = 4_000;

/** The process gave no answer, so nothing is known about what it was asked. */
export class HostProcessLost extends Error {
  override readonly name = "HostProcessLost";
  readonly timedOut: boolean;

  constructor(message: string, timedOut: boolean) {
    super(message);
    this.timedOut = timedOut;
  }
}

/**
 * A process that holds sessions, seen from the origin. Unlike a thread it can be killed inside native code, and a crash
 * there ends only that process.
 */
export class HostProcess implements Host {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #answers = new PendingAnswers<HostResponse>();
  #stderr = "";
  #gone: string | undefined;

  /** @param environment laid over the origin's own; undefined takes a variable away */
  constructor(provider: Provider, environment: Environment = {}) {
    const child = fork(ENTRY, [provider], {
      env: { ...process.env, ...environment },
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR_CHARACTERS);
    });
    child.on("message", (answer: HostResponse) => this.#answers.resolveOldest(answer));
    this.#child = child;
    this.#ended = this.#watch(child);
  }

  get gone(): string | undefined {
    return this.#gone;
  }

  get stderr(): string {
    return stripVTControlCharacters(this.#stderr);
  }

  async ask(request: HostRequest, timeoutMs?: number): Promise<HostResponse> {
    if (this.#gone !== undefined) throw new HostProcessLost(this.#gone, false);
    const answer = this.#answers.next();
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.#giveUp(timeoutMs), timeoutMs);
    // A failed send means a process on its way out; its end then rejects the answer.
    if (this.#child.connected) this.#child.send(request, () => {});
    return await answer.finally(() => clearTimeout(timer));
  }

  #giveUp(timeoutMs: number): void {
    this.#gone ??= `gave no answer within ${timeoutMs / 1000} s`;
    this.#child.kill("SIGKILL");
    this.#answers.rejectAll(new HostProcessLost(this.#gone, true));
  }

  /** Resolves when the process is gone and its last words have been read. Node's "close" event does not come after a disconnect. */
  async #watch(child: ChildProcess): Promise<void> {
    // A process that is inside native code does not notice that its parent ends.
    const kill = (): void => void child.kill("SIGKILL");
    process.once("exit", kill);
    try {
      const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
      this.#gone ??= signal ? `ended by ${signal}` : `ended with exit code ${code}`;
      if (child.stderr) await finished(child.stderr);
    } catch (error) {
      this.#gone ??= messageOf(error);
    } finally {
      process.off("exit", kill);
    }
    this.#answers.rejectAll(new HostProcessLost(this.#gone, false));
  }

  /** Hangs up, which ends the process after the request it is in; one that does not end in time is killed. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), HOST_EXIT_GRACE_MS);
    await this.#ended.finally(() => clearTimeout(timer));
  }
}
