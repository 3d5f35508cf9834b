import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { encodeMessage, MESSAGE_TYPE } from "#schema/link/message.ts";
import { signatureOf } from "#schema/link/signature.ts";
import { type RunningEdge, startEdge } from "../support/edge.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";

const BODY = encodeMessage({ json: {}, bytes: [] });
const OTHER = encodeMessage({ json: { a: 1 }, bytes: [] });

let stack: SharedStack;
beforeAll(async () => {
  stack = await sharedStack();
});
afterEach(() => vi.useRealTimers());

describe.each(["edge", "origin"] as const)("a signed call to the %s", (side) => {
  const send = async (
    authorization: string,
    { body = BODY, question = "statuses", caller = "" } = {},
  ): Promise<{ status: number; text: string }> => {
    const url = `${side === "edge" ? stack.edgeUrl : stack.originUrl}/link/${question}`;
    const headers = { "content-type": MESSAGE_TYPE, authorization, ...(caller && { "isobit-caller": caller }) };
    const response = await fetch(url, { method: "POST", headers, body });
    return { status: response.status, text: await response.text() };
  };
  /** A signature that was made some seconds ago. */
  const signed = async (secondsAgo = 0, secret = stack.token, caller = ""): Promise<string> => {
    vi.useFakeTimers({ now: Date.now() - secondsAgo * 1000, toFake: ["Date"] });
    const signature = await signatureOf(secret, "statuses", BODY, caller);
    vi.useRealTimers();
    return signature;
  };

  it("is answered, also once more within the window", async () => {
    const signature = await signed(30, stack.token, "10.0.0.1");
    for (let time = 0; time < 2; time += 1) expect((await send(signature, { caller: "10.0.0.1" })).status).toBe(200);
  });

  it.each([
    ["of another secret", async () => send(await signed(0, "another")), /not made with this side's ORIGIN_TOKEN/],
    ["with another body", async () => send(await signed(), { body: OTHER }), /another body/],
    ["to another path", async () => send(await signed(), { question: "infer" }), /ORIGIN_TOKEN/],
    ["for another caller", async () => send(await signed(), { caller: "10.0.0.2" }), /ORIGIN_TOKEN/],
    ["that is recorded and sent later", async () => send(await signed(70)), /60 s old/],
    ["from the future", async () => send(await signed(-70)), /60 s old/],
    ["whose time was changed", async () => send((await signed(70)).replace(/time=\d+/, `time=${Date.now()}`)), /TOKEN/],
    ["without its signature", async () => send((await signed()).replace(/, signature=.*/, "")), /malformed/],
    ["with a short signature", async () => send((await signed()).slice(0, -2)), /malformed/],
    ["of zeros", async () => send((await signed()).replace(/signature=.*/, `signature=${"0".repeat(64)}`)), /TOKEN/],
  ])("%s is refused", async (_what, call, why) => {
    const { status, text } = await call();
    expect([status, text]).toEqual([401, expect.stringMatching(why)]);
    expect(text).toContain("UNAUTHENTICATED");
  });
});

describe.each([
  ["edge", "ORIGIN_URL", startEdge],
  ["origin", "EDGE_URL", startOrigin],
] as const)("the %s", (_side, variable, start) => {
  const TOKEN = "never-on-the-wire-4711";
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    seen.push(JSON.stringify([request.url, request.rawHeaders]) + (await buffer(request)).toString("latin1"));
    response.writeHead(500).end();
  });
  let running: RunningEdge | RunningOrigin;
  beforeAll(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    running = await start({ env: { ...NO_VULKAN, [variable]: url, ORIGIN_TOKEN: TOKEN, ORIGIN_PUBLIC: "1" } });
  });
  afterAll(async () => {
    await running?.stop();
    server.closeAllConnections();
    server.close();
  });

  it("asks the other side without sending the secret", async () => {
    await running.graphql("{ health { backends { available } } }");
    expect(seen.join("\n")).toContain("/link/statuses");
    expect(seen.join("\n")).toContain("Isobit-HMAC-SHA256");
    expect(seen.join("\n")).not.toContain(TOKEN);
  });
});

describe("an origin with ORIGIN_PUBLIC=0", () => {
  let origin: RunningOrigin;
  beforeAll(async () => {
    origin = await startOrigin({ env: { ...NO_VULKAN, ORIGIN_TOKEN: "a-token", ORIGIN_PUBLIC: "0" } });
  });
  afterAll(() => origin?.stop());

  const CLOSED = [
    "/",
    "/graphql",
    "/graphql?query={images{id}}",
    "/schema.graphql",
    "/docs",
    "/openapi.json",
    "/health",
    "/images/list",
    "/static/images/7.png",
    "/history",
    "/link/statuses",
    "/v2",
    "/v2/models/digits",
    "/v2/models/digits/ready",
    "/nothing",
  ];

  it.each(CLOSED)("refuses %s to a stranger", async (path) => {
    for (const accept of ["*/*", "text/html"]) {
      const response = await fetch(`${origin.url}${path}`, { headers: { accept } });
      expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    }
  });

  it("tells everyone whether it is alive and ready", async () => {
    for (const path of ["/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready"])
      expect([path, (await fetch(`${origin.url}${path}`)).status]).toEqual([path, 200]);
  });

  it("serves the schema to callers with the token", async () => {
    const headers = { authorization: "Bearer a-token" };
    expect((await fetch(`${origin.url}/schema.graphql`, { headers })).status).toBe(200);
    expect((await fetch(`${origin.url}/nothing`, { headers })).status).toBe(404);
  });
});
