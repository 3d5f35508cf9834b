import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface HalfwayServer extends AsyncDisposable {
  /** This server's address of a file of the other server. */
  urlOf(url: string): string;
  /** Sends the rest of each file. */
  goOn(): void;
}

/** Forwards another server's files, but only the first half until `goOn`, so that a test can observe a download. */
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
