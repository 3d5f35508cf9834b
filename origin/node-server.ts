import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { STOP_GRACE_MS } from "#core/limits.ts";
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

/** @returns a function that takes no new request, lets those in flight finish for STOP_GRACE_MS and then hangs up */
export function gracefulClose(server: Server): () => Promise<void> {
  let closing = false;
  // close() ends only the connections that are idle then; one that was busy would be kept open for a next request.
  server.on("request", (_request, response: ServerResponse) => {
    response.once("close", () => closing && setImmediate(() => server.closeIdleConnections()));
  });
  return async () => {
    closing = true;
    const impatience = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
    server.close();
    await once(server, "close");
    clearTimeout(impatience);
  };
}
