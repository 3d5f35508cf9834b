import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BACKEND_IDS } from "#core/backends.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";

let origin: RunningOrigin;
beforeAll(async () => {
  origin = await startOrigin({ env: NO_VULKAN });
});
afterAll(() => origin.stop());

const get = (path: string, init?: RequestInit) => fetch(`${origin.url}${path}`, init);

it("is live and ready once it has said so", async () => {
  const [live, ready] = await Promise.all([get("/health/live"), get("/health/ready")]);
  expect([live.status, ready.status]).toEqual([200, 200]);
});

it("shows a visitor where to send requests", async () => {
  const root = await get("/", { headers: { accept: "text/html" } });
  expect(root.status).toBe(200);
  expect(root.headers.get("link")).toContain("</docs>");
  expect(await (await get("/docs")).text()).toContain("/graphql");
  expect(await (await get("/nothing")).text()).toContain("/graphql");
});

it.each(["/nothing", "/health/", "/graphql/", "/__proto__", "/constructor"])("answers 404 at %s", async (path) => {
  expect((await get(path)).status).toBe(404);
});

it("answers a Host header that is not a host, without revealing internals", async () => {
  const { hostname, port } = new URL(origin.url);
  const socket = connect(Number(port), hostname);
  socket.end("GET /health/live HTTP/1.1\r\nHost: %%%\r\nConnection: close\r\n\r\n");
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).not.toContain("node_modules");
  expect((await get("/health/live")).status).toBe(200);
});

it("opens GraphiQL for a browser, with every script inside", async () => {
  const page = await get("/graphql", { headers: { accept: "text/html" } });
  const html = await page.text();
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(html).toContain("YogaGraphiQL");
  expect(html).not.toMatch(/<(script|link)[^>]+(src|href)=["']?https?:/);
});

it("names the execution provider that runs, and why each other backend does not", async () => {
  const query =
    "{ health { ok side backends { backend available reason executionProvider runtimeVersion optimizationLevel device } } }";
  const { data } = await origin.graphql<{ health: { backends: { backend: string; available: boolean }[] } }>(query);
  expect(data).toMatchObject({ health: { ok: true, side: "ORIGIN" } });
  const byName = new Map(data.health.backends.map((status) => [status.backend, status]));
  expect([...byName.keys()]).toEqual(BACKEND_IDS);
  expect(byName.get("CPU")).toMatchObject({
    available: true,
    reason: null,
    executionProvider: "CPUExecutionProvider",
    runtimeVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
    optimizationLevel: "extended",
    device: expect.stringMatching(/./),
  });
  for (const status of byName.values()) {
    expect(status).toMatchObject({ reason: status.available ? null : expect.stringMatching(/\w+ .*\./) });
  }
});
