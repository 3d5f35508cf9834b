import { readFile } from "node:fs/promises";
import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_VULKAN } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";

/* How both sides answer over HTTP: compressed texts, kinds of bodies, pages of other sites. */

const SITE = "https://app.example.com";

let stack: RunningStack;
beforeAll(async () => {
  stack = await startStack({ env: { ...NO_VULKAN, CORS_ORIGINS: `${SITE}, http://localhost:3000` } });
});
afterAll(() => stack?.stop());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** As sent: fetch would decompress the body, and set `origin` and `content-type` itself. */
async function send(
  url: string,
  {
    method = "GET",
    headers = {},
    body = "",
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const sent = request(url, { method, headers }).end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

const GZIP = { "accept-encoding": "br;q=0.5, gzip" };
const JSON_TYPE = { "content-type": "application/json" };
const PARITY = JSON.stringify({ query: "{ parity { rows { outputs { prediction { logits { values } } } } } }" });

describe.each(["edge", "origin"] as const)("the %s", (side) => {
  const url = (path: string): string => `${side === "edge" ? stack.edgeUrl : stack.originUrl}${path}`;

  it.each([
    ["GraphiQL", "/graphql", { accept: "text/html" }],
    ["the schema", "/schema.graphql", {}],
    ["the description of the REST routes", "/openapi.json", {}],
    ["their page", "/docs", {}],
  ])("compresses %s where the client accepts it", async (_what, path, headers) => {
    const plain = await send(url(path), { headers });
    const compressed = await send(url(path), { headers: { ...headers, ...GZIP } });
    expect([plain.status, plain.headers["content-encoding"]]).toEqual([200, undefined]);
    expect([compressed.status, compressed.headers["content-encoding"]]).toEqual([200, "gzip"]);
    expect(gunzipSync(compressed.body).equals(plain.body)).toBe(true);
    expect(compressed.body.length).toBeLessThan(plain.body.length / 2);
    for (const answer of [plain, compressed]) expect(answer.headers.vary).toContain("accept-encoding");
    const refused = await send(url(path), { headers: { ...headers, "accept-encoding": "gzip;q=0, *;q=0" } });
    expect(refused.headers["content-encoding"]).toBeUndefined();
  });

  it.each([
    ["GraphiQL", "/graphql", { accept: "text/html" }],
    ["the schema", "/schema.graphql", {}],
  ])("sends %s again only where it has changed", async (_what, path, headers) => {
    for (const encoding of [{}, GZIP]) {
      const first = await send(url(path), { headers: { ...headers, ...encoding } });
      const tag = first.headers.etag!;
      expect(first.headers["cache-control"]).toBe("no-cache");
      const again = await send(url(path), { headers: { ...headers, ...encoding, "if-none-match": tag } });
      expect([again.status, again.body.length, again.headers["content-encoding"]]).toEqual([304, 0, undefined]);
    }
    const other = await send(url(path), { headers: { ...headers, "if-none-match": '"other"' } });
    expect(other.status).toBe(200);
  });

  it("compresses a query's answer, and not a short one on the origin", async () => {
    const headers = { ...JSON_TYPE, ...GZIP };
    const long = await send(url("/graphql"), { method: "POST", headers, body: PARITY });
    expect(long.headers["content-encoding"]).toBe("gzip");
    expect(JSON.parse(gunzipSync(long.body).toString()).data.parity.rows).toHaveLength(10);
    const plain = await send(url("/graphql"), { method: "POST", headers: JSON_TYPE, body: PARITY });
    expect(JSON.parse(plain.body.toString()).data.parity.rows).toHaveLength(10);
    if (side === "edge") return;
    const short = await send(url("/graphql"), { method: "POST", headers, body: '{"query":"{ health { ok } }"}' });
    expect(short.headers["content-encoding"]).toBeUndefined();
    expect(JSON.parse(short.body.toString())).toEqual({ data: { health: { ok: true } } });
  });

  it("leaves images and events as they are", async () => {
    const image = await send(url("/static/images/7.png"), { headers: GZIP });
    expect(image.headers["content-encoding"]).toBeUndefined();
    const query = 'subscription { sweep(images: ["7"]) { done } }';
    const events = await send(url(`/graphql?query=${encodeURIComponent(query)}`), {
      headers: { ...GZIP, accept: "text/event-stream" },
    });
    expect(events.headers["content-encoding"]).not.toBe("gzip");
    expect(events.body.toString()).toContain("event: complete");
  });

  it("serves the schema that is committed", async () => {
    const committed = await readFile(new URL("../../schema/schema.graphql", import.meta.url));
    const { headers, body } = await send(url("/schema.graphql"));
    expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(body.equals(committed)).toBe(true);
  });

  it.each([
    ["text/plain", "`content-type: text/plain`"],
    ["application/x-www-form-urlencoded", "`content-type: application/x-www-form-urlencoded`"],
    ["multipart/form-data; boundary=x", "`content-type: multipart/form-data"],
    ["application/octet-stream", "`content-type: application/octet-stream`"],
    ["application/graphql", "`content-type: application/graphql`"],
    ["", "no `content-type` header"],
  ])("refuses a POST of type %j with 415 and names the header", async (type, named) => {
    const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
    const { status, body } = await send(url("/graphql"), {
      method: "POST",
      headers,
      body: '{"query":"{ health { ok } }"}',
    });
    const [error] = JSON.parse(body.toString()).errors;
    expect([status, error.extensions.code]).toEqual([415, "BAD_INPUT"]);
    expect(error.message).toContain(named);
    expect(error.message).toContain("`content-type: application/json`");
  });

  it.each(["application/json", "application/json; charset=utf-8", "application/graphql+json"])(
    "takes a POST of type %s",
    async (type) => {
      const { status } = await send(url("/graphql"), {
        method: "POST",
        headers: { "content-type": type },
        body: '{"query":"{ health { ok } }"}',
      });
      expect(status).toBe(200);
    },
  );

  const preflight = (origin: string) =>
    send(url("/graphql"), {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
    });

  it("lets pages of the sites in CORS_ORIGINS read /graphql", async () => {
    for (const origin of [SITE, "http://localhost:3000"]) {
      const allowed = await preflight(origin);
      expect(allowed.status).toBe(204);
      expect(allowed.headers).toMatchObject({
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, POST",
        vary: expect.stringContaining("origin"),
      });
      const headers = { ...JSON_TYPE, origin };
      const answer = await send(url("/graphql"), { method: "POST", headers, body: '{"query":"{ health { ok } }"}' });
      expect(answer.headers["access-control-allow-origin"]).toBe(origin);
      // A page must be able to read why it was refused, too.
      const refused = await send(url("/graphql"), { method: "POST", headers, body: "{" });
      expect([refused.status, refused.headers["access-control-allow-origin"]]).toEqual([400, origin]);
    }
  });

  it.each(["https://evil.example.com", "http://app.example.com", "null"])(
    "does not let those of %s",
    async (origin) => {
      expect((await preflight(origin)).headers["access-control-allow-origin"]).toBeUndefined();
      const answer = await send(url("/graphql?query={health{ok}}"), { headers: { origin } });
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
      expect(answer.headers.vary).toContain("origin");
    },
  );
});
