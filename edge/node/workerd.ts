import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import workerd from "workerd";
import { messageOf } from "#core/errors.ts";
import { endWithThisProcess } from "./end-with-this-process.ts";

/** How long workerd may take to finish the requests it has before it is ended. */
const STOP_TIMEOUT_MS = 5_000;

export interface Workerd {
  readonly pid: number;
  /** The port it listens on. */
  readonly port: number;
  /** How it ended, as the end of a sentence; settles when it does. */
  readonly ended: Promise<string>;
  /** Ends it at once. */
  kill(): void;
  /** Lets it finish what it is doing, then ends it. */
  stop(): Promise<void>;
}

/**
 * Starts workerd on 127.0.0.1 and waits until it listens. The Worker's log goes to this process's streams.
 * @param options.port 0: any free port
 * @throws Error where workerd ends before it listens
 */
export async function startWorkerd(options: {
  readonly workerFolder: string;
  readonly assetsFolder: string;
  readonly port: number;
  readonly variables: NodeJS.ProcessEnv;
}): Promise<Workerd> {
  const { workerFolder, assetsFolder, port, variables } = options;
  const args = ["serve", join(workerFolder, "isobit.capnp"), "config", "--control-fd", "3"];
  args.push("--socket-addr", `http=127.0.0.1:${port}`, "--directory-path", `assets=${assetsFolder}`);
  const child = spawn(workerd.default, args, {
    env: variables,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  // When this process ends, workerd ends too; on a gentler signal it would wait for open connections.
  process.once("exit", () => child.kill("SIGKILL"));
  endWithThisProcess(child);
  const ended = endOf(child);
  const listening = await Promise.race([listeningPort(child.stdio[3] as Readable), ended]);
  if (typeof listening === "string") throw new Error(`workerd ${listening} before it listened.`);
  return {
    pid: child.pid ?? 0,
    port: listening,
    ended,
    kill: () => child.kill("SIGKILL"),
    stop: () => stop(child, ended),
  };
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  } catch (error) {
    return `could not be run (${messageOf(error)})`;
  }
}

/** workerd reports each socket as one line of JSON once it listens. */
async function listeningPort(control: Readable): Promise<number> {
  for await (const line of createInterface({ input: control })) {
    const report = JSON.parse(line) as { event: string; port: number };
    if (report.event === "listen") return report.port;
  }
  // The stream ends when workerd does, and then that is the news.
  return new Promise(() => {});
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(impatience);
}
