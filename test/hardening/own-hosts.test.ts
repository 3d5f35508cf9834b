import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningEdge, startEdge } from "../support/edge.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";
import { rawRequest } from "../support/raw-request.ts";

/* A page whose name was made to resolve to this machine (DNS rebinding) gets nothing from either side. */

const PATHS = [
  "/",
  "/graphql?query={images{id}}",
  "/health",
  "/predict?image=7.png&backend=cpu",
  "/images/7.png",
  "/v2",
];
const status = async (url: string, path: string, ...lines: readonly string[]): Promise<number> =>
  (await rawRequest(url, [`GET ${path} HTTP/1.1`, ...lines])).status;

describe.each([
  ["the edge", startEdge],
  ["the origin", startOrigin],
] as const)("%s", (_side, start) => {
  let plain: RunningEdge | RunningOrigin;
  let named: RunningEdge | RunningOrigin;
  let open: RunningEdge | RunningOrigin;
  beforeAll(async () => {
    [plain, named, open] = await Promise.all([
      start({ env: NO_VULKAN }),
      start({ env: { ...NO_VULKAN, HOSTS: "Isobit.example.com, 10.1.2.3" } }),
      start({ env: { ...NO_VULKAN, HOSTS: "*" } }),
    ]);
  });
  afterAll(() => Promise.all([plain, named, open].map((each) => each?.stop())));

  it.each([
    "evil.example",
    "evil.example:8787",
    "localhost.evil.example",
    "127.0.0.1.nip.io",
    "notlocalhost",
    "192.168.1.5",
    "0.0.0.0",
    "isobit.example.com",
  ])("does not answer to %s", async (host) => {
    for (const path of PATHS) expect([path, await status(plain.url, path, `Host: ${host}`)]).toEqual([path, 421]);
  });

  it.each([
    "localhost",
    "LOCALHOST:1",
    "localhost.",
    "app.localhost",
    "127.0.0.1",
    "127.9.9.9:80",
    "[::1]",
    "[::1]:99",
  ])("always answers to %s", async (host) => {
    expect(await status(plain.url, "/health", `Host: ${host}`)).toBe(200);
  });

  it("answers to the names in HOSTS and to no other ones", async () => {
    for (const host of ["isobit.example.com", "ISOBIT.example.com:443", "10.1.2.3", "localhost"])
      expect([host, await status(named.url, "/health", `Host: ${host}`)]).toEqual([host, 200]);
    for (const host of ["example.com", "a.isobit.example.com", "10.1.2.4"])
      expect([host, await status(named.url, "/health", `Host: ${host}`)]).toEqual([host, 421]);
    expect(await status(open.url, "/health", "Host: evil.example")).toBe(200);
  });

  it("tells a probe by any name that it is alive", async () => {
    expect(await status(plain.url, "/health/live", "Host: 10.9.8.7")).toBe(200);
  });

  it("is not confused by several Host headers, an empty one or a whole URL in the request", async () => {
    const requests = [
      ["/health", "Host: localhost", "Host: evil.example"],
      ["/health", "Host: evil.example", "Host: localhost"],
      ["/health", "Host: "],
      ["http://evil.example/health", "Host: evil.example"],
      ["/health", "Host: evil.example", "x-forwarded-host: localhost"],
    ] as const;
    for (const [path, ...lines] of requests) {
      const answered = await status(plain.url, path, ...lines);
      expect([path, lines, [400, 404, 421].includes(answered)]).toEqual([path, lines, true]);
    }
  });
});
