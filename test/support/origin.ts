import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { STILL_TRYING } from "#core/backends/backend.ts";
import { withoutOwnVariables } from "./own-variables.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const READY = /^origin ready at (\S+)$/m;

/** For tests that are not about WEBGPU: no Vulkan driver is found, so no seconds go into trying a software adapter. */
export const NO_VULKAN = { VK_DRIVER_FILES: "/nowhere" } as const;

export interface OriginOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Program and arguments; without it Node runs origin/main.ts. */
  readonly command?: readonly [string, ...string[]];
}

export interface RunningOrigin {
  readonly url: string;
  readonly token: string | undefined;
  readonly pid: number;
  /** Everything it has written to stderr so far. */
  logs(): string;
  /** Asks /graphql, with the token where there is one, and returns the parsed answer. */
  graphql<T = Record<string, unknown>>(query: string, variables?: Record<string, unknown>): Promise<GraphqlResponse<T>>;
  /** Ends it as `kill` does, and resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

interface GraphqlResponse<T> {
  readonly data: T;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/** A real origin in a process of its own, on a free port unless `env` names one. @throws Error with its logs if it does not start */
export async function startOrigin(options: OriginOptions = {}): Promise<RunningOrigin> {
  const process = runOrigin(options);
  const url = await Promise.race([process.ready, process.exited.then(() => undefined)]);
  if (url === undefined) throw new Error(`the origin did not start:\n${process.logs()}`);
  const token = options.env?.["ORIGIN_TOKEN"];
  return {
    url,
    token,
    pid: process.pid,
    logs: process.logs,
    graphql: async (query, variables = {}) => {
      const response = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query, variables }),
      });
      return await response.json();
    },
    stop: (signal = "SIGTERM") => process.stop(signal),
  };
}

export interface HealthStatus {
  readonly backend: string;
  readonly available: boolean;
  readonly reason: string | null;
  readonly executionProvider: string;
  readonly device: string | null;
  readonly hardwareGpu: boolean;
}

/** What health says of a backend once its first try is over. */
export async function triedBackend(origin: RunningOrigin, backend: string): Promise<HealthStatus | undefined> {
  const query = "{ health { backends { backend available reason executionProvider device hardwareGpu } } }";
  for (;;) {
    const { data } = await origin.graphql<{ health: { backends: HealthStatus[] } }>(query);
    const status = data.health.backends.find((each) => each.backend === backend);
    if (status?.reason !== STILL_TRYING) return status;
    await delay(100);
  }
}

/** For a start that must fail: waits for the end. */
export async function runOriginToItsEnd(options: OriginOptions): Promise<{ exitCode: number | null; logs: string }> {
  const process = runOrigin(options);
  const stuck = await Promise.race([process.exited.then(() => false), process.ready.then(() => true)]);
  if (stuck) {
    await process.stop("SIGKILL");
    throw new Error("the origin started, though it was to refuse");
  }
  return { exitCode: await process.exited, logs: process.logs() };
}

/** A real origin in a process of its own, of which it is open whether it starts. */
export function runOrigin({
  env = {},
  command = [globalThis.process.execPath, join(ROOT, "origin", "main.ts")],
}: OriginOptions) {
  const { env: inherited } = globalThis.process;
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...withoutOwnVariables(inherited), ORIGIN_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const exited = once(child, "close").then(([code]) => code as number | null);
  const { promise: ready, resolve } = Promise.withResolvers<string>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    const url = READY.exec(stdout)?.[1];
    if (url) resolve(url.replace("localhost", "127.0.0.1"));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return {
    pid: child.pid ?? -1,
    ready,
    exited,
    logs: () => stderr,
    stop: (signal: NodeJS.Signals) => {
      child.kill(signal);
      return exited;
    },
  };
}
