import { once } from "node:events";
import { createServer } from "node:net";

/** workerd listens on the first; `localhost` may mean the second, and a program there would answer instead. */
const LOOPBACK_HOSTS = ["127.0.0.1", "::1"];

/** @throws Error with a sentence that names the port, where it cannot be listened on */
export async function checkPortIsFree(port: number): Promise<void> {
  for (const host of LOOPBACK_HOSTS) {
    const refusal = await tryListening(port, host);
    if (refusal === "EADDRINUSE") {
      throw new Error(`port ${port} is taken. Stop what listens there, or choose another port by EDGE_PORT.`);
    }
    if (refusal === "EACCES") {
      throw new Error(`port ${port} needs more rights than this user has. Choose one above 1023 by EDGE_PORT.`);
    }
  }
}

/** The code of what stands in the way; null where nothing does. A machine without IPv6 answers another code. */
async function tryListening(port: number, host: string): Promise<string | null> {
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
