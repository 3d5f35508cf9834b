import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface HalfwayServer extends AsyncDisposable {
  /** The address here of a file of the server behind. */
  urlOf(url: string): string;
  /** Lets the rest of each file through. */
  goOn(): void;
}

/** Sends another server's files, but only their first half until it is told to go on: a download that a test can look at. */
export async function startHalfwayServer(behind: string): Promise<HalfwayServer> {
  const { promise: told, resolve: goOn } = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const file = await fetch(new URL(request.url ?? "/", behind));
    const bytes = Buffer.from(await file.arrayBuffer());
    const half = bytes.length >> 1;
    response.writeHead(file.status, { "content-length": bytes.length, "content-type": "application/octet-stream" });
    response.write(bytes.subarray(0, half));
    await told;
    response.end(bytes.subarray(half));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (url) => `http://127.0.0.1:${port}${new URL(url).pathname}`,
    goOn,
    async [Symbol.asyncDispose]() {
      goOn();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
