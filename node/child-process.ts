import { type ChildProcess, fork } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { scriptPath } from "./installation.ts";

const KEPT_STDERR_CHARACTERS = 4_000;
const EXIT_GRACE_MS = 2_000;

/** The process gave no answer, so nothing is known about what it was asked. */
export class ProcessLost extends Error {
  override readonly name = "ProcessLost";
}

/** A process of isobit's own that answers requests, one at a time and in order; it ends when this one does. */
export class AskedProcess<Request, Answer> {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #turn: Promise<unknown> = Promise.resolve();
  #stderr = "";
  #gone: string | undefined;
  #lose: ((why: ProcessLost) => void) | undefined;

  /**
   * @param script from isobit's root, without an ending
   * @param environment laid over this process's own; null takes a variable away
   */
  constructor(script: string, args: readonly string[], environment: Readonly<Record<string, string | null>> = {}) {
    const overlay = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value ?? undefined]));
    this.#child = fork(scriptPath(script), args, {
      env: { ...process.env, ...overlay },
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR_CHARACTERS);
    });
    // Inside native code it does not notice that this process ends.
    const kill = (): void => void this.#child.kill("SIGKILL");
    process.once("exit", kill);
    this.#ended = new Promise((resolve) => {
      const end = (why: string): void => {
        process.off("exit", kill);
        this.#gone ??= why;
        this.#lose?.(new ProcessLost(this.#gone));
        resolve();
      };
      this.#child.once("error", (error) => end(`could not be started (${error.message})`));
      this.#child.once("exit", (code, signal) =>
        end(signal ? `was ended by ${signal}` : `ended with exit code ${code}`),
      );
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last that drivers and libraries wrote. */
  get stderr(): string {
    return stripVTControlCharacters(this.#stderr).trim();
  }

  /** @throws ProcessLost when the process ends or stays silent; a silent one is killed */
  ask(request: Request, timeoutMs: number): Promise<Answer> {
    const turn = this.#turn.then(() => this.#askNow(request, timeoutMs));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #askNow(request: Request, timeoutMs: number): Promise<Answer> {
    if (this.#gone !== undefined) throw new ProcessLost(this.#gone);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const timer = setTimeout(() => {
      this.#gone ??= `gave no answer within ${timeoutMs / 1000} s`;
      this.#child.kill("SIGKILL");
    }, timeoutMs);
    this.#lose = reject;
    this.#child.once("message", resolve as (message: unknown) => void);
    // A failed send means a process on its way out, whose end is then what is told.
    this.#child.send(request as object, () => {});
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#child.removeAllListeners("message");
      this.#lose = undefined;
    }
  }

  /** Hangs up, which ends the process; one that does not listen is killed. Resolves when it is gone. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), EXIT_GRACE_MS);
    await this.#ended.finally(() => clearTimeout(timer));
  }
}
