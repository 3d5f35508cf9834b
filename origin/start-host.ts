import { ChildProcessClient } from "#node/child-process-client.ts";
import { ThreadClient } from "#node/thread-client.ts";
import type { Environment } from "./environment.ts";
import type { Host, HostRequest, HostResponse } from "./host-messages.ts";
import type { Provider } from "./session.ts";

/** Starts a process that holds one provider's sessions. @param environment that a driver reads before it loads */
export function startHostProcess(provider: Provider, environment: Environment = {}): Host {
  return new ChildProcessClient<HostRequest, HostResponse>("origin/host-process", [provider], environment);
}

/** Starts a thread that holds the CPU provider's sessions, for Deno, where the origin may start no process. */
export function startHostThread(): Host {
  return new ThreadClient<HostRequest, HostResponse>("origin/host-thread", (request) =>
    request.ask === "infer" ? [request.rows.buffer] : [],
  );
}
