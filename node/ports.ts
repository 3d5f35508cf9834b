import { createServer } from "node:net";
import { once } from "node:events";
import { IsobitError } from "#core/errors.ts";
import { MAX_PORT } from "#library/stack/limits.ts";

export interface NamedPort {
  /** The variable that a person changes. */
  readonly variable: string;
  readonly port: number;
}

/**
 * @returns null where the variable asks for any free port (0)
 * @throws IsobitError that names the variable
 */
export function parsePort(variable: string, value: string | undefined, fallback: number): number | null {
  if (value === undefined || value === "") return fallback;
  const port = Number(value);
  if (/^\d+$/.test(value) && port <= MAX_PORT) return port === 0 ? null : port;
  throw new IsobitError(
    "BAD_OPTION",
    `${variable} is ${JSON.stringify(value)}; it must be a port number from 0 to ${MAX_PORT} (0: any free port).`,
  );
}

/** @throws IsobitError that names the port and the variable to change */
export async function requireFree(ports: readonly NamedPort[]): Promise<void> {
  const seen = new Map<number, string>();
  for (const { variable, port } of ports) {
    const other = seen.get(port);
    if (other !== undefined) {
      throw new IsobitError(
        "STACK_FAILED",
        `${other} and ${variable} are both ${port}; the two sides need a port each.`,
      );
    }
    seen.set(port, variable);
    await requireOneFree(variable, port);
  }
}

/** A port of the loopback addresses that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a listening server has no port");
  return address.port;
}

async function requireOneFree(variable: string, port: number): Promise<void> {
  for (const host of ["127.0.0.1", "::1"]) {
    const refusal = await tryListen(port, host);
    if (refusal === "EADDRINUSE") {
      throw new IsobitError(
        "STACK_FAILED",
        `Port ${port} is taken. Stop what listens there, or choose another port, e.g. ${variable}=${another(port)}.`,
      );
    }
    if (refusal === "EACCES") {
      throw new IsobitError(
        "STACK_FAILED",
        `Port ${port} needs more rights than this user has; choose one above 1023 by ${variable}.`,
      );
    }
  }
}

/** The code of what stands in the way; null where nothing does. A machine without IPv6 answers another code. */
async function tryListen(port: number, host: string): Promise<string | null> {
  const server = createServer().listen({ port, host, exclusive: true });
  try {
    await once(server, "listening");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  }
  server.close();
  await once(server, "close");
  return null;
}

function another(port: number): number {
  return port < MAX_PORT ? port + 1 : port - 1;
}
