import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import workerd from "workerd";

export interface WorkerdProcess {
  readonly pid: number;
  /** The port of each socket that the configuration names. */
  readonly ports: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/**
 * workerd on a configuration, once all its sockets listen.
 * @param options.sockets their names; each gets a free port on 127.0.0.1
 * @throws Error with what workerd wrote, where it ends before that
 */
export async function startWorkerdOn(
  configuration: string,
  options: { readonly sockets: readonly string[]; readonly args?: readonly string[]; readonly env?: NodeJS.ProcessEnv },
): Promise<WorkerdProcess> {
  const { sockets, args = [], env = process.env } = options;
  const addresses = sockets.flatMap((name) => ["--socket-addr", `${name}=127.0.0.1:0`]);
  const child = spawn(workerd.default, ["serve", configuration, "config", "--control-fd", "3", ...addresses, ...args], {
    env,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const endWithParent = (): boolean => child.kill("SIGKILL");
  process.once("exit", endWithParent);
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (log = (log + text).slice(-4_000)));
  const exited = once(child, "exit").finally(() => process.off("exit", endWithParent));
  const ended = exited.then(() => {
    throw new Error(`workerd ended before it listened:\n${log}`);
  });
  const ports = await Promise.race([listeningPorts(child, sockets.length), ended]);
  ended.catch(() => {});
  return {
    pid: child.pid ?? 0,
    ports,
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** workerd says of each socket, as one line of JSON, that it listens. */
async function listeningPorts(child: ChildProcess, sockets: number): Promise<ReadonlyMap<string, number>> {
  const ports = new Map<string, number>();
  for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
    const report = JSON.parse(line) as { event: string; socket: string; port: number };
    if (report.event === "listen") ports.set(report.socket, report.port);
    if (ports.size === sockets) return ports;
  }
  return new Promise(() => {});
}
