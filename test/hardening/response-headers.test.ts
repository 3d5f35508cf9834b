import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEdge, type RunningEdge } from "../support/edge.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";
import { rawRequest } from "../support/raw-request.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";

/* What every answer carries, what GraphiQL and introspection can be switched off by, and which bodies pages cannot send. */

const JSON_TYPE = { "content-type": "application/json" };

let stack: SharedStack;
beforeAll(async () => {
  stack = await sharedStack();
});

const REQUESTS: readonly (readonly [what: string, path: string, init: RequestInit])[] = [
  ["the page or the greeting", "/", {}],
  ["GraphiQL", "/graphql", { headers: { accept: "text/html" } }],
  ["a query", "/graphql?query={images{id}}", {}],
  ["a refused query", "/graphql?query={", {}],
  ["a refused method", "/graphql", { method: "DELETE" }],
  ["a preflight", "/predict", { method: "OPTIONS", headers: { origin: "x", "access-control-request-method": "GET" } }],
  ["the schema", "/schema.graphql", {}],
  ["health", "/health", {}],
  ["liveness", "/health/live", {}],
  ["readiness", "/health/ready", {}],
  ["an image", "/static/images/7.png", {}],
  ["an image's file", "/images/7.png", {}],
  ["a route that is gone", "/history", {}],
  ["the REST description", "/docs", {}],
  ["a refused prediction", "/predict", {}],
  ["the other side's questions", "/link/statuses", { method: "POST" }],
  ["the Open Inference Protocol", "/v2", {}],
  ["its model", "/v2/models/digits", {}],
  ["its refusal", "/v2/models/none", {}],
  ["a path without anything", "/nothing", {}],
];

describe.each(["edge", "origin"] as const)("the %s", (side) => {
  const url = (path: string): string => `${side === "edge" ? stack.edgeUrl : stack.originUrl}${path}`;

  it.each(REQUESTS)("sends the same headers with %s", async (_what, path, init) => {
    const { headers } = await fetch(url(path), init);
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": expect.stringMatching(/^(no-store|no-cache|public, max-age=31536000, immutable)$/),
    });
    expect(headers.get("strict-transport-security")).toBeNull();
  });

  it("does not let an answer be stored unless it has a rule of its own", async () => {
    for (const path of ["/graphql?query={images{id}}", "/health", "/health/live", "/nothing"])
      expect([path, (await fetch(url(path))).headers.get("cache-control")]).toEqual([path, "no-store"]);
  });

  it("sends them with a malformed Host header, too", async () => {
    const { headers } = await rawRequest(url(""), ["GET / HTTP/1.1", "Host: a b"]);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("demands TLS of a browser that came over TLS", async () => {
    const response = await fetch(url("/health"), { headers: { "x-forwarded-proto": "https" } });
    expect(response.headers.get("strict-transport-security")).toBe("max-age=31536000");
  });

  it("shows GraphiQL in no frame, and runs only its own scripts", async () => {
    const { headers } = await fetch(url("/graphql"), { headers: { accept: "text/html" } });
    const policy = headers.get("content-security-policy");
    expect(policy).toMatch(/(^|; )frame-ancestors 'none'(;|$)/);
    expect(policy).toMatch(/(^|; )script-src 'sha256-[\w+/]{43}='(;|$)/);
    expect(policy).toMatch(/(^|; )default-src 'none'(;|$)/);
  });

  it.each([
    "text/plain",
    "Text/Plain;charset=utf-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
  ])("refuses what a page of another site can send unasked: %s", async (type) => {
    const headers = { "content-type": type, authorization: `Bearer ${stack.token}`, origin: "https://evil.example" };
    const paths = ["/graphql", "/link/statuses", ...(side === "origin" ? ["/v2/models/digits/infer"] : [])];
    for (const path of paths) {
      const response = await fetch(url(path), { method: "POST", headers, body: "{}" });
      expect([path, response.status]).toEqual([path, 415]);
    }
    const body = '{"image":"7.png","backend":"cpu"}';
    expect((await fetch(url("/predict"), { method: "POST", headers, body })).status).toBe(200);
  });

  it("refuses a page's body without a type", async () => {
    const headers = { authorization: `Bearer ${stack.token}`, origin: "https://evil.example" };
    const paths = ["/graphql", "/link/statuses", ...(side === "origin" ? ["/v2/models/digits/infer"] : [])];
    for (const path of paths) {
      const response = await fetch(url(path), { method: "POST", headers, body: new Uint8Array(2) });
      expect([path, response.status]).toEqual([path, 415]);
    }
  });
});

describe.each([
  ["in production", { PRODUCTION: "1" }, false],
  ["in production, where both are on", { PRODUCTION: "1", GRAPHIQL: "1", INTROSPECTION: "1" }, true],
  ["where both are off", { GRAPHIQL: "0", INTROSPECTION: "0" }, false],
])("GraphiQL and introspection %s", (_when, env, on) => {
  let edge: RunningEdge;
  let origin: RunningOrigin;
  beforeAll(async () => {
    [edge, origin] = await Promise.all([startEdge({ env }), startOrigin({ env: { ...NO_VULKAN, ...env } })]);
  });
  afterAll(() => Promise.all([edge?.stop(), origin?.stop()]));

  it(`are ${on ? "on" : "off"} on both sides`, async () => {
    for (const { url } of [edge, origin]) {
      const page = await fetch(`${url}/graphql`, { headers: { accept: "text/html" } });
      expect((await page.text()).includes("<html")).toBe(on);
      expect((await fetch(`${url}/schema.graphql`)).status).toBe(on ? 200 : 404);
      const body = JSON.stringify({
        query: '{ __typename __schema { queryType { name } } __type(name: "Query") { name } }',
      });
      const asked = await (await fetch(`${url}/graphql`, { method: "POST", headers: JSON_TYPE, body })).json();
      if (on) expect(asked).toMatchObject({ data: { __schema: { queryType: { name: "Query" } } } });
      else expect(asked).toMatchObject({ errors: [{ extensions: { code: "BAD_INPUT" } }, {}, {}] });
    }
  });

  it("leave queries as they are", async () => {
    for (const side of [edge, origin])
      expect(await side.graphql("{ __typename images { id __typename } }")).toMatchObject({
        data: { __typename: "Query" },
      });
  });
});
