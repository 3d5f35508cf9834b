import { randomBytes } from "node:crypto";
import { freePort } from "#node/ports.ts";
import { waitUntilReady } from "#library/stack/ready.ts";
import { startEdge, type RunningEdge } from "./edge.ts";
import { startOrigin, type RunningOrigin } from "./origin.ts";
import { descendantsOf, isAlive } from "./processes.ts";

const READY_TIMEOUT_MS = 90_000;

/** Edge and origin as they run in production, wired to each other, each of which can go and come back. */
export interface RunningStack {
  readonly edgeUrl: string;
  readonly originUrl: string;
  /** The secret that the two share. */
  readonly token: string;
  /** The processes that run now. @throws Error where that side is down */
  edge(): RunningEdge;
  origin(): RunningOrigin;
  /** Ends the origin at once, without letting it say goodbye. */
  killOrigin(): Promise<void>;
  /** Brings it back where it was; `env` is laid over what it was started with. */
  startOrigin(env?: Readonly<Record<string, string>>): Promise<void>;
  stopEdge(): Promise<void>;
  /** Its workerd dies in the middle of an answer. Linux only. */
  killEdge(): Promise<void>;
  startEdge(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts both sides on free ports.
 * @param options.env for both sides, e.g. MODEL
 * @throws Error with the log of the side that does not start
 */
export async function startStack({ env = {} }: { env?: Readonly<Record<string, string>> } = {}): Promise<RunningStack> {
  const [edgePort, originPort] = [await freePort(), await freePort()];
  const token = randomBytes(16).toString("hex");
  const shared = {
    EDGE_PORT: String(edgePort),
    ORIGIN_PORT: String(originPort),
    EDGE_URL: `http://127.0.0.1:${edgePort}`,
    ORIGIN_URL: `http://127.0.0.1:${originPort}`,
    ORIGIN_TOKEN: token,
    ORIGIN_PUBLIC: "1",
    ...env,
  };
  let edge: RunningEdge | undefined;
  let origin: RunningOrigin | undefined;
  const stack: RunningStack = {
    edgeUrl: shared.EDGE_URL,
    originUrl: shared.ORIGIN_URL,
    token,
    edge: () => edge ?? isDown("edge"),
    origin: () => origin ?? isDown("origin"),
    async killOrigin() {
      await origin?.stop("SIGKILL");
      origin = undefined;
    },
    async startOrigin(others = {}) {
      if (origin) return;
      origin = await startOrigin({ env: { ...shared, ...others } });
      // What is asked first and what is asked next must find the same backends.
      await waitUntilReady({ side: "ORIGIN", url: shared.ORIGIN_URL, token }, AbortSignal.timeout(READY_TIMEOUT_MS));
    },
    async stopEdge() {
      await edge?.stop();
      edge = undefined;
    },
    async killEdge() {
      const pids = edge ? [edge.pid, ...descendantsOf(edge.pid).map(({ pid }) => pid)] : [];
      // Its own process first, which would start workerd again.
      for (const pid of pids) if (isAlive(pid)) process.kill(pid, "SIGKILL");
      await edge?.ended;
      edge = undefined;
    },
    async startEdge() {
      edge ??= await startEdge({ env: shared });
    },
    async stop() {
      await Promise.all([edge?.stop(), origin?.stop()]);
      edge = undefined;
      origin = undefined;
    },
  };
  const started = await Promise.allSettled([stack.startOrigin(), stack.startEdge()]);
  const failure = started.find((side) => side.status === "rejected");
  if (failure) {
    await stack.stop();
    throw failure.reason;
  }
  return stack;
}

function isDown(side: string): never {
  throw new Error(`The ${side} is down; this test has to start it first.`);
}
