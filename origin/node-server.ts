import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { STOP_GRACE_MS } from "#core/limits.ts";
import type { OriginSettings } from "./environment.ts";
import { log } from "./log.ts";
import type { Origin } from "./origin.ts";
import { StartError } from "./start-error.ts";
import { portTaken } from "./start-report.ts";

/** @returns the port that was bound. @throws StartError that names a port or host that cannot be */
export async function listenOrStop(server: Server, { port, host }: OriginSettings): Promise<number> {
  try {
    server.listen(port, host);
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") throw portTaken(port);
    throw new StartError(`Cannot listen on ORIGIN_HOST ${host}, port ${port}: ${message}.`, { cause: error });
  }
}

/** A Ctrl-C reaches this process from the terminal and once more through npm; so soon after the first it is the same one. */
const SAME_SIGNAL_MS = 500;

/** The first SIGINT or SIGTERM lets requests in flight finish, a second one does not wait. */
export function stopGracefully(server: Server, origin: Origin): void {
  let stopping = false;
  let firstAt = 0;
  // close() ends only the connections that are idle then; one that was busy would be kept open for a next request.
  server.on("request", (_request, response: ServerResponse) => {
    response.once("close", () => stopping && setImmediate(() => server.closeIdleConnections()));
  });
  const stop = async (signal: string) => {
    if (stopping && performance.now() - firstAt < SAME_SIGNAL_MS) return;
    if (stopping) process.exit(1);
    stopping = true;
    firstAt = performance.now();
    log(`${signal}: finishing the requests in flight`);
    origin.drain();
    const impatience = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
    server.close();
    await once(server, "close");
    clearTimeout(impatience);
    await origin.close();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void stop(signal));
}
