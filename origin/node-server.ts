import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { LAST_ANSWERS_MS, MAX_HEADER_BYTES } from "#core/limits.ts";
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

/** Node's parser refuses what is not HTTP before any handler sees it; this states why. */
export function answerMalformed(server: Server): void {
  server.on("clientError", ({ code }: NodeJS.ErrnoException, socket) => {
    if (code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    refuseMalformed(socket, code);
  });
}

/** Node reads the first of several, a proxy in front perhaps another (RFC 9112, 3.2). */
export function hasOneHost({ headersDistinct, httpVersion }: IncomingMessage): boolean {
  const hosts = headersDistinct["host"] ?? [];
  return hosts.length === 0 ? httpVersion === "1.0" : hosts.length === 1 && hosts[0] !== "";
}

/** Answers on the connection itself and closes it. @param code Node's, if its parser refused the request */
export function refuseMalformed(socket: Duplex, code?: string): void {
  const [status, message] = malformed(code);
  const body = `${message}\n`;
  const headers = [
    "content-type: text/plain; charset=utf-8",
    "x-content-type-options: nosniff",
    "referrer-policy: no-referrer",
    "cache-control: no-store",
    `content-length: ${body.length}`,
    "connection: close",
  ];
  socket.end(`HTTP/1.1 ${status}\r\n${headers.join("\r\n")}\r\n\r\n${body}`);
}

function malformed(code: string | undefined): readonly [status: string, message: string] {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return [
        "431 Request Header Fields Too Large",
        `The URL and the headers have more than ${MAX_HEADER_BYTES / 1024} KiB.`,
      ];
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return ["408 Request Timeout", "The request did not arrive in time."];
    default:
      return ["400 Bad Request", "The request is not valid HTTP."];
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
