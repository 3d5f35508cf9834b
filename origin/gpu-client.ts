import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { entryFile } from "#core/entry-file.ts";
import { messageOf } from "#core/errors.ts";
import type { Environment } from "./environment.ts";
import type { HostAnswer, HostQuestion } from "./host-messages.ts";
import type { Provider } from "./session.ts";

const ENTRY = fileURLToPath(new URL(entryFile(import.meta.url, "./gpu-process"), import.meta.url));
const KEPT_STDERR_CHARACTERS = 4_000;
const EXIT_GRACE_MS = 2_000;

/** The process gave no answer, so nothing is known about what it was asked. */
export class GpuProcessLost extends Error {
  override readonly name = "GpuProcessLost";
  readonly timedOut: boolean;

  constructor(message: string, timedOut: boolean) {
    super(message);
    this.timedOut = timedOut;
  }
}

/** A running GPU process, seen from the origin. Questions must not overlap. */
export class GpuClient {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #stderr = "";
  #gone: string | undefined;
  /** Tells the question in flight that no answer will come. */
  #lose: (() => void) | undefined;

  /** @param environment laid over the origin's own; undefined takes a variable away */
  constructor(provider: Provider, environment: Environment) {
    const child = fork(ENTRY, [provider], {
      env: { ...process.env, ...environment },
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR_CHARACTERS);
    });
    this.#child = child;
    this.#ended = this.#watch(child);
  }

  /** Why the process is no more; undefined while it runs. */
  get gone(): string | undefined {
    return this.#gone;
  }

  /** The last that drivers and libraries wrote. */
  get stderr(): string {
    return stripVTControlCharacters(this.#stderr);
  }

  /** @throws GpuProcessLost when the process ends or stays silent; a silent one is killed */
  async ask(question: HostQuestion, timeoutMs: number): Promise<HostAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<HostAnswer>();
    const timer = setTimeout(() => {
      this.#gone ??= `gave no answer within ${timeoutMs / 1000} s`;
      this.#child.kill("SIGKILL");
      reject(new GpuProcessLost(this.#gone, true));
    }, timeoutMs);
    this.#child.once("message", resolve);
    this.#lose = () => reject(new GpuProcessLost(this.#gone ?? "ended", false));
    // A failed send means a process on its way out, whose end is then what is told.
    if (this.#child.connected) this.#child.send(question, () => {});
    if (this.#gone !== undefined) this.#lose();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#child.off("message", resolve);
      this.#lose = undefined;
    }
  }

  /** Resolves when the process is gone and its last words have been read. Node's "close" event does not come after a disconnect. */
  async #watch(child: ChildProcess): Promise<void> {
    try {
      const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
      this.#gone ??= signal ? `ended by ${signal}` : `ended with exit code ${code}`;
      if (child.stderr) await finished(child.stderr);
    } catch (error) {
      this.#gone ??= messageOf(error);
    }
    this.#lose?.();
  }

  /** Hangs up, which ends the process; one that does not listen is killed. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), EXIT_GRACE_MS);
    await this.#ended.finally(() => clearTimeout(timer));
  }
}
