import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningEdge, startEdge } from "../support/edge.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";

const HEALTH = "{ health { backends { backend available reason } } }";
interface Health {
  readonly health: { readonly backends: readonly { backend: string; available: boolean; reason: string }[] };
}

describe.each([
  ["edge", "ORIGIN_URL", "CPU", startEdge],
  ["origin", "EDGE_URL", "WASM", startOrigin],
] as const)("the %s", (_side, variable, backend, start) => {
  const requests: string[] = [];
  /** Redirects everything but /stolen/…, which it records. */
  const server = createServer((request, response) => {
    const stolen = request.url?.startsWith("/stolen") ?? false;
    if (stolen) requests.push(request.url ?? "");
    response.writeHead(stolen ? 200 : status, stolen ? {} : { location: `/stolen${request.url}` }).end();
  });
  let status = 307;
  let side: RunningEdge | RunningOrigin;
  beforeAll(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    side = await start({ env: { ...NO_VULKAN, [variable]: url, ORIGIN_TOKEN: "a-token", ORIGIN_PUBLIC: "1" } });
  });
  afterAll(async () => {
    await side?.stop();
    server.closeAllConnections();
    server.close();
  });

  it.each([301, 302, 303, 307, 308])("does not follow %i to another address", async (redirect) => {
    status = redirect;
    const { data } = await side.graphql<Health>(HEALTH);
    const found = data.health.backends.find((each) => each.backend === backend);
    expect(found).toMatchObject({ available: false, reason: expect.stringContaining(`final address in ${variable}`) });
    expect(requests).toEqual([]);
  });
});
