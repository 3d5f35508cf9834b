import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { withoutOwnVariables } from "./own-variables.ts";

const ROOT = dirname(dirname(import.meta.dirname));

export interface RunningEdge {
  /** Its root, without a trailing slash. */
  readonly url: string;
  /** Everything it has written so far, both streams. */
  log(): string;
  /** Asks /graphql and returns the parsed answer. */
  graphql<T = Record<string, unknown>>(query: string, variables?: Record<string, unknown>): Promise<GraphqlResponse<T>>;
  /** The process that `npm run edge` would be; workerd is its child. */
  readonly pid: number;
  /** Its exit code, once it has ended for any reason. */
  readonly ended: Promise<number | null>;
  /** Asks it to stop, with SIGTERM unless told otherwise. @returns its exit code */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

interface GraphqlResponse<T> {
  readonly data: T;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** How an edge that could not start ended. */
export class EdgeDidNotStart extends Error {
  override readonly name = "EdgeDidNotStart";
  readonly exitCode: number | null;
  constructor(log: string, exitCode: number | null) {
    super(log);
    this.exitCode = exitCode;
  }
}

/**
 * The real Worker in workerd, as `npm run edge` starts it, on a free port unless `env` names one, with assets of its
 * own. Nothing of the caller's environment that concerns isobit reaches it.
 * @throws EdgeDidNotStart
 */
export async function startEdge({ env = {} }: { env?: Record<string, string> } = {}): Promise<RunningEdge> {
  const folder = await mkdtemp(join(tmpdir(), "isobit-edge-"));
  const child = spawn(process.execPath, [join(ROOT, "edge", "serve.ts"), "--assets", join(folder, "assets")], {
    env: { ...withoutOwnVariables(process.env), EDGE_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit").then(async ([code]) => {
    await rm(folder, { recursive: true, force: true });
    return code as number | null;
  });
  let log = "";
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      log += chunk.toString();
      const ready = /^edge ready at (\S+)$/m.exec(log)?.[1];
      if (ready !== undefined) resolve(ready.replace("localhost", "127.0.0.1"));
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    void once(child, "close").then(async () => reject(new EdgeDidNotStart(log, await ended)));
  });
  return {
    url,
    log: () => log,
    graphql: async <T>(query: string, variables = {}) => {
      const response = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as GraphqlResponse<T>;
    },
    pid: child.pid ?? 0,
    ended,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
  };
}
