import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { freePort, requireFree } from "#node/ports.ts";

let server: Server | undefined;

afterEach(() => {
  server?.close();
  server = undefined;
});

async function occupy(host: string): Promise<number> {
  server = createServer().listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("a port that is needed", () => {
  test("passes when nothing listens there, and is free still afterwards", async () => {
    const port = await freePort();
    await requireFree([{ variable: "EDGE_PORT", port }]);
    await requireFree([{ variable: "EDGE_PORT", port }]);
  });

  test.each(["127.0.0.1", "0.0.0.0"])("taken on %s: the sentence names the port and the variable", async (host) => {
    const port = await occupy(host);
    await expect(requireFree([{ variable: "ORIGIN_PORT", port }])).rejects.toMatchObject({
      code: "STACK_FAILED",
      message: expect.stringMatching(new RegExp(`^Port ${port} is taken.*ORIGIN_PORT=`)),
    });
  });

  test("the same one for both sides is refused with both names", async () => {
    const port = await freePort();
    const ports = ["EDGE_PORT", "ORIGIN_PORT"].map((variable) => ({ variable, port }));
    await expect(requireFree(ports)).rejects.toThrow(`EDGE_PORT and ORIGIN_PORT are both ${port}`);
  });
});
