import { deflateSync, gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { rawRequest } from "../support/raw-request.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";

/* Compressed bodies, empty values and long URLs. */

let stack: SharedStack;
beforeAll(async () => {
  stack = await sharedStack();
});

const JSON_TYPE = { "content-type": "application/json" };
const DATA = Array.from({ length: 784 }, (_, at) => at % 255);
const ASKED = JSON.stringify({ inputs: [{ name: "input", datatype: "FP32", shape: [1, 1, 28, 28], data: DATA }] });
const FORMATS = { gzip: gzipSync, "x-gzip": gzipSync, GZIP: gzipSync, deflate: deflateSync };

const infer = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${stack.originUrl}/v2/models/digits/infer`, { method: "POST", headers: { ...JSON_TYPE, ...headers }, body });

describe("a compressed body of /v2", () => {
  it.each(Object.entries(FORMATS))("is inflated: %s", async (encoding, compress) => {
    const plain = await (await infer(ASKED)).json();
    const response = await infer(new Uint8Array(compress(ASKED)), { "content-encoding": encoding });
    expect([response.status, await response.json()]).toEqual([200, plain]);
  });

  it("is inflated before the length of its JSON is applied", async () => {
    const input = { name: "input", datatype: "FP32", shape: [1, 1, 28, 28], parameters: { binary_data_size: 3136 } };
    const json = Buffer.from(JSON.stringify({ inputs: [input] }));
    const body = Buffer.concat([json, Buffer.from(Float32Array.from(DATA).buffer)]);
    const headers = { "content-encoding": "gzip", "inference-header-content-length": String(json.length) };
    const response = await infer(new Uint8Array(gzipSync(body)), headers);
    expect([response.status, await response.json()]).toEqual([200, await (await infer(ASKED)).json()]);
  });

  it("is refused beyond the limit that an uncompressed one has", async () => {
    const response = await infer(new Uint8Array(gzipSync(Buffer.alloc(30 * 1024 * 1024, " "))), {
      "content-encoding": "gzip",
    });
    expect([response.status, await response.text()]).toEqual([413, expect.stringContaining("20 MiB")]);
  });

  it.each([
    ["gzip", Buffer.from("no gzip")],
    ["gzip", gzipSync(ASKED).subarray(0, 100)],
    ["gzip", Buffer.concat([gzipSync(ASKED), Buffer.from("more")])],
    ["deflate", gzipSync(ASKED)],
    ["gzip", Buffer.alloc(0)],
  ])("is refused where it is not valid: %s (%#)", async (encoding, body) => {
    expect((await infer(new Uint8Array(body), { "content-encoding": encoding })).status).toBe(400);
  });

  it.each(["br", "zstd", "gzip, gzip", "compress"])(
    "is refused as %s, with the encodings that are read",
    async (name) => {
      const response = await infer(ASKED, { "content-encoding": name });
      expect([response.status, response.headers.get("accept-encoding")]).toEqual([415, "gzip, deflate"]);
    },
  );
});

describe.each(["edge", "origin"] as const)("the %s", (side) => {
  const url = (path: string): string => `${side === "edge" ? stack.edgeUrl : stack.originUrl}${path}`;

  it.each(["/graphql", "/predict", "/link/statuses"])("refuses a compressed body at %s", async (path) => {
    const headers = { ...JSON_TYPE, authorization: `Bearer ${stack.token}`, "content-encoding": "gzip" };
    const body = new Uint8Array(gzipSync('{"query":"{ images { id } }","image":"7.png","backend":"cpu"}'));
    const response = await fetch(url(path), { method: "POST", headers, body });
    expect([response.status, response.headers.get("accept-encoding")]).toEqual([415, "identity"]);
    expect(await response.text()).toMatch(/content-encoding gzip/);
    const plain = await fetch(url(path), { method: "POST", headers: { ...headers, "content-encoding": "identity" } });
    expect(plain.status).not.toBe(415);
  });

  it.each([
    "/parity?gpu=",
    "/parity?images=7.png&gpu=",
    "/predict?image=7.png&backend=",
    "/predict-raw?image=7&backend=",
  ])("refuses the empty value in %s", async (path) => {
    expect((await fetch(url(path))).status).toBe(422);
  });

  it("reads a URL of 60 KiB, and 12 KiB of headers with it", async () => {
    const path = `/predict?backend=cpu&image=7.png&unused=${"a".repeat(60_000)}`;
    const headers = [`GET ${path} HTTP/1.1`, "Host: localhost", `x-unused: ${"b".repeat(12_000)}`];
    expect((await rawRequest(url(""), headers)).status).toBe(200);
  });
});

it("the origin states why it refuses what is not HTTP", async () => {
  const long = ["GET / HTTP/1.1", "Host: localhost", `x-unused: ${"b".repeat(100_000)}`];
  const refused = await rawRequest(stack.originUrl, long);
  expect([refused.status, refused.body]).toEqual([431, "The URL and the headers have more than 80 KiB.\n"]);
  const other = await rawRequest(stack.originUrl, ["nonsense"]);
  expect([other.status, other.body]).toEqual([400, "The request is not valid HTTP.\n"]);
});
