import { beforeAll, describe, expect, it } from "vitest";
import { postLink } from "../support/link.ts";
import { rawRequest } from "../support/raw-request.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";

/* A caller's mistake is refused as one, on every face of both sides: never INTERNAL, never a status of 500 and above. */

let stack: SharedStack;
beforeAll(async () => {
  stack = await sharedStack();
});

const JSON_TYPE = { "content-type": "application/json" };
const QUERY = encodeURIComponent("{ images { id } }");
const list = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const object = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const withVariables = (type: string, field: string, value: string): string =>
  `{"query":"query ($v: ${type}) { ${field} }","variables":{"v":${value}}}`;
const chained = (count: number, next: (index: number) => number): string =>
  `{ ...f0 } ${Array.from({ length: count }, (_, at) => `fragment f${at} on Query { ...f${next(at)} }`).join(" ")}`;

describe.each(["edge", "origin"] as const)("the %s", (side) => {
  const url = (path: string): string => `${side === "edge" ? stack.edgeUrl : stack.originUrl}${path}`;

  async function refused(response: Response): Promise<{ status: number; text: string }> {
    const text = await response.text();
    expect(text.slice(0, 300)).not.toMatch(/INTERNAL|defect of isobit/);
    return { status: response.status, text };
  }

  it.each(["variables", "extensions"])("refuses unparsable `%s` in the URL", async (name) => {
    for (const value of ["{", "{]", "%ff", "undefined"]) {
      const { status, text } = await refused(await fetch(url(`/graphql?query=${QUERY}&${name}=${value}`)));
      expect([status, text]).toEqual([400, expect.stringMatching(new RegExp(`BAD_INPUT`))]);
      expect(text).toContain(`\`${name}\` in the URL is not valid JSON`);
    }
  });

  it.each(["variables", "extensions"])("refuses `%s` in the body that are not an object", async (name) => {
    for (const value of ['"{"', "4", "[]", "true", "1e999"]) {
      const body = `{"query":"{ images { id } }","${name}":${value}}`;
      const { status, text } = await refused(
        await fetch(url("/graphql"), { method: "POST", headers: JSON_TYPE, body }),
      );
      expect([status, text]).toEqual([400, expect.stringContaining("BAD_INPUT")]);
    }
  });

  it.each([
    ["selections", "{a".repeat(5_000), /nested too deeply/],
    ["list values", `{ image(id: ${"[".repeat(20_000)}`, /nested too deeply/],
    ["object values", `{ image(id: ${"{a:".repeat(16_000)}`, /nested too deeply/],
    ["list types", `query ($a: ${"[".repeat(20_000)}`, /nested too deeply/],
    ["brackets without a query", "[".repeat(20_000), /Syntax Error/],
    ["inline fragments", `{${"...{".repeat(5_000)}`, /nested too deeply/],
    ["a chain of fragments", chained(6_000, (at) => at + 1), /too many fragments/],
    ["a cycle of fragments", chained(6_000, (at) => (at + 1) % 6_000), /too many fragments/],
    ["tokens", `{ ${"a ".repeat(60_000)} }`, /50000 tokens/],
  ])("refuses a query with too many %s", async (_what, query, message) => {
    const body = JSON.stringify({ query });
    const { text } = await refused(await fetch(url("/graphql"), { method: "POST", headers: JSON_TYPE, body }));
    expect(text).toMatch(message);
    expect(text).toContain("BAD_INPUT");
  });

  it("reads queries within the limits as before", async () => {
    const type = `{ name ${"ofType { ".repeat(13)} name ${"}".repeat(13)} }`;
    const body = JSON.stringify({ query: `{ __type(name: "Query") ${type} }` });
    const response = await fetch(url("/graphql"), { method: "POST", headers: JSON_TYPE, body });
    expect(await response.json()).toEqual({ data: { __type: { name: "Query", ofType: null } } });
  });

  it.each([
    ["an object as an input", withVariables("ImageInput!", "predict(input: $v) { label }", object(100_000))],
    ["a list as an input", withVariables("[ImageInput!]", "parity(inputs: $v) { verdict }", list(100_000))],
    ["a list as an enum", withVariables("Backend", "predict(backend: $v) { label }", list(100_000))],
    ["a list as the body", list(100_000)],
    ["a list as the query", `{"query":${list(100_000)}}`],
    ["a list as the operation's name", `{"query":"{ images { id } }","operationName":${list(100_000)}}`],
  ])("refuses JSON that is nested deeply in /graphql: %s", async (_what, body) => {
    const { text } = await refused(await fetch(url("/graphql"), { method: "POST", headers: JSON_TYPE, body }));
    expect(text).toContain("BAD_INPUT");
  });

  it.each([
    list(100_000),
    `{"image":${list(100_000)},"backend":${object(100_000)}}`,
    `{"image_data":${list(100_000)}}`,
  ])("refuses JSON that is nested deeply in /predict (%#)", async (body) => {
    const asked = await fetch(url("/predict"), { method: "POST", headers: JSON_TYPE, body });
    expect((await refused(asked)).status).toBe(422);
  });

  it("refuses JSON that is nested deeply between the sides", async () => {
    const asked = `{"backend":"CPU","modelSha256":"0","part":${object(100_000)},"feeds":[]}`;
    for (const json of [asked, list(100_000)]) {
      const text = new TextEncoder().encode(`{"json":${json},"sizes":[]}`);
      const body = new Uint8Array(4 + text.length);
      new DataView(body.buffer).setUint32(0, text.length, true);
      body.set(text, 4);
      expect(await postLink(url(""), "evaluate", body, stack.token)).toMatchObject({ code: "BAD_INPUT" });
    }
  });

  it.each(["a b/<>", "[::", "localhost:99999", "%%%"])("refuses the Host header %j", async (host) => {
    for (const path of ["/health", "/graphql", "/health/live", "/images/7.png", "/link/infer", "/v2"]) {
      const { status, body } = await rawRequest(url(""), [`GET ${path} HTTP/1.1`, `Host: ${host}`]);
      expect([path, status]).toEqual([path, 400]);
      expect(body).toMatch(/Host header/);
    }
  });

  it("is not misled by a body with two lengths: Node refuses it, workerd reads its chunks within the limit", async () => {
    const head = ["POST /graphql HTTP/1.1", "Host: localhost", "content-type: application/json"];
    const lengths = ["content-length: 5", "transfer-encoding: chunked"];
    const query = JSON.stringify({ query: `{ images { id } } #${"x".repeat(21 * 1024 * 1024)}` });
    const chunked = `${query.length.toString(16)}\r\n${query}\r\n0\r\n\r\n`;
    // Node closes while the body is still being sent.
    const body = side === "edge" ? chunked : "0\r\n\r\n";
    const { status } = await rawRequest(url(""), [...head, ...lengths], body);
    expect(status).toBe(side === "edge" ? 413 : 400);
  });

  it("refuses malformed chunks", async () => {
    const head = ["POST /graphql HTTP/1.1", "Host: localhost", "content-type: application/json"];
    const { status } = await rawRequest(url(""), [...head, "transfer-encoding: chunked"], "zz\r\n\r\n");
    expect(status).toBe(400);
  });

  it.each(["TRACE", "PROPFIND", "PUT", "DELETE", "PATCH"])(
    "refuses the method %s with those it has",
    async (method) => {
      const paths = {
        "/graphql": "GET, POST",
        "/health": "GET, HEAD",
        "/history": "GET, HEAD",
        "/health/live": "GET, HEAD",
        "/schema.graphql": "GET, HEAD",
        ...(side === "origin" && { "/v2": "GET, HEAD", "/health/ready": "GET, HEAD" }),
      };
      for (const [path, allow] of Object.entries(paths)) {
        const { status, headers } = await rawRequest(url(""), [`${method} ${path} HTTP/1.1`, "Host: localhost"]);
        expect([path, status, headers.get("allow")]).toEqual([path, 405, allow]);
      }
    },
  );
});

describe("the Open Inference Protocol", () => {
  const DATA = `"data":[${"0,".repeat(783)}0]`;
  const asked = (rest: string, input = DATA): string =>
    `{${rest}"inputs":[{"name":"input","datatype":"FP32","shape":[1,1,28,28],${input}}]}`;

  it.each([
    ["a backend", asked(`"parameters":{"backend":${list(100_000)}},`)],
    ["a switch", asked(`"parameters":{"binary_data_output":${list(100_000)}},`)],
    ["an element", asked("", `"data":[${object(100_000)}]`)],
    ["data", asked("", `"data":${list(100_000)}`)],
    ["an id", asked(`"id":${list(100_000)},`)],
    ["a request", list(100_000)],
  ])("refuses JSON that is nested deeply as %s", async (_what, body) => {
    const url = `${stack.originUrl}/v2/models/digits/infer`;
    const response = await fetch(url, { method: "POST", headers: JSON_TYPE, body });
    const text = await response.text();
    expect([response.status, text.length < 2_500]).toEqual([400, true]);
    expect(text).not.toContain("defect");
  });

  it("does not repeat a long value", async () => {
    const body = `{"inputs":[{"name":"input","datatype":"${"F".repeat(100_000)}","shape":[1],"data":[1]}]}`;
    const url = `${stack.originUrl}/v2/models/digits/infer`;
    const response = await fetch(url, { method: "POST", headers: JSON_TYPE, body });
    expect((await response.text()).length).toBeLessThan(2_500);
  });
});
