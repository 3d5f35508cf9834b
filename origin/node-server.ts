import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { LAST_ANSWERS_MS } from "#core/limits.ts";
import type { OriginSettings } from "./environment.ts";
import { StartError } from "./start-error.ts";
import { portTaken } from "./start-report.ts";

/** @returns the port that was bound. @throws StartError that names a port or host that cannot be */
export async function listenOrStop(server: Server, settings: OriginSettings): Promise<number> {
  const { ORIGIN_PORT: port, ORIGIN_HOST: host } = settings;
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

/**
 * @param settings how long to go on serving, and how long requests in flight may take after that
 * @param endRequests answers those that are left with an error
 * @returns what stops the server
 */
export function gracefulClose(
  server: Server,
  { DRAIN_SECONDS: drain, GRACE_SECONDS: grace }: OriginSettings,
  endRequests: () => void,
): () => Promise<void> {
  let closing = false;
  // close() ends only the connections that are idle then; one that was busy would be kept open for a next request.
  server.on("request", (_request, response: ServerResponse) => {
    response.once("close", () => closing && setImmediate(() => server.closeIdleConnections()));
  });
  return async () => {
    await delay(drain * 1000);
    closing = true;
    const closed = once(server, "close");
    server.close();
    const impatience = new AbortController();
    await Promise.race([
      closed,
      delay(grace * 1000, undefined, { signal: impatience.signal }).then(endRequests, () => {}),
    ]);
    await Promise.race([closed, delay(LAST_ANSWERS_MS)]);
    impatience.abort();
    server.closeAllConnections();
    await closed;
  };
}
