import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { IsobitError } from "#core/errors.ts";

const MAX_PORT = 65_535;
/** workerd listens on the first; `localhost` may mean the second, and a program there would respond instead. */
const LOOPBACK_HOSTS = ["127.0.0.1", "::1"];

export interface NamedPort {
  /** The environment variable that sets the port. */
  readonly variable: string;
  readonly port: number;
}

/** @throws IsobitError that names the port and the variable to change */
export async function requireFree(ports: readonly NamedPort[]): Promise<void> {
  const seen = new Map<number, string>();
  for (const { variable, port } of ports) {
    const other = seen.get(port);
    if (other !== undefined) {
      throw new IsobitError("STACK_FAILED", `${other} and ${variable} are both ${port}; each needs its own port.`);
    }
    seen.set(port, variable);
    for (const host of LOOPBACK_HOSTS) await requireOneFree(variable, port, host);
  }
}

/** A port of the loopback addresses on which nothing listens at this moment. */
export async function freePort(): Promise<number> {
  return await listenOnce(0, "127.0.0.1");
}

/** A machine without IPv6 fails with another code, which is fine. */
async function requireOneFree(variable: string, port: number, host: string): Promise<void> {
  try {
    await listenOnce(port, host);
  } catch (error) {
    const sentence = refusal((error as NodeJS.ErrnoException).code, variable, port);
    if (sentence !== null) throw new IsobitError("STACK_FAILED", sentence, { cause: error });
  }
}

function refusal(code: string | undefined, variable: string, port: number): string | null {
  switch (code) {
    case "EADDRINUSE": {
      const another = port < MAX_PORT ? port + 1 : port - 1;
      return `Port ${port} is taken. Stop the program that listens on it, or choose another port, e.g. ${variable}=${another}.`;
    }
    case "EACCES":
      return `Port ${port} needs more rights than this user has; choose one above 1023 with ${variable}.`;
    default:
      return null;
  }
}

/** @returns the port that it listened on. @throws Error with Node's code where it cannot */
async function listenOnce(port: number, host: string): Promise<number> {
  const server = createServer().listen({ port, host, exclusive: true });
  await once(server, "listening");
  const bound = (server.address() as AddressInfo).port;
  server.close();
  await once(server, "close");
  return bound;
}
