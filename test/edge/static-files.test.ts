import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageEntry } from "#core/image/image.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { type RunningEdge, startEdge } from "../support/edge.ts";

const IMAGES = join(import.meta.dirname, "..", "..", "images");
const IMMUTABLE = "public, max-age=31536000, immutable";

let edge: RunningEdge;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(async () => {
  await edge?.stop();
});

const sha256 = (bytes: ArrayBuffer | Uint8Array): string =>
  createHash("sha256").update(new Uint8Array(bytes)).digest("hex");

/** As sent: fetch would tidy the path up first. */
async function rawStatus(path: string, method = "GET"): Promise<{ status: number | undefined; body: string }> {
  const { port } = new URL(edge.url);
  const [response] = (await once(request({ host: "127.0.0.1", port, path, method }).end(), "response")) as [
    IncomingMessage,
  ];
  return { status: response.statusCode, body: (await response.toArray()).join("") };
}

describe("images", () => {
  it("are the committed files, cached permanently by their hash", async () => {
    const manifest = JSON.parse(await readFile(join(IMAGES, "manifest.json"), "utf8")) as ImageEntry[];
    expect(manifest).toHaveLength(10);
    for (const { file, sha256: expected } of manifest) {
      const response = await fetch(`${edge.url}/images/${file}`);
      expect(response.status).toBe(200);
      expect(sha256(await response.arrayBuffer())).toBe(expected);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-type": "image/png",
        "cache-control": IMMUTABLE,
        "x-content-type-options": "nosniff",
        etag: `"${expected}"`,
      });
    }
  });

  it("have at /images/… the address that the schema gives them", async () => {
    const { data } = await edge.graphql<{ images: { url: string; sha256: string }[] }>("{ images { url sha256 } }");
    for (const image of data.images) {
      const response = await fetch(new URL(image.url, edge.url));
      expect(sha256(await response.arrayBuffer())).toBe(image.sha256);
    }
  });
});

describe("models", () => {
  it("are served by their hash, and the catalogue describes them completely", async () => {
    const response = await fetch(`${edge.url}/models/catalogue.json`);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const models = (await response.json()) as ModelInfo[];
    expect(models.map(({ id }) => id)).toContain("digits");
    for (const hash of models.flatMap((model) => [model.sha256, model.executedSha256])) {
      const file = await fetch(`${edge.url}/models/${hash}.onnx`);
      expect(file.headers.get("cache-control")).toBe(IMMUTABLE);
      expect(file.headers.get("etag")).toBe(`"${hash}"`);
      expect(file.headers.get("content-type")).toBe("application/octet-stream");
      expect(sha256(await file.arrayBuffer())).toBe(hash);
    }
  });
});

describe("a client that already has the file", () => {
  it.each([
    ["the tag", (etag: string) => etag],
    ["the tag in a list", (etag: string) => `"other", ${etag}`],
    ["the tag made weak by a proxy", (etag: string) => `W/${etag}`],
    ["any tag", () => "*"],
  ])("is told 304 for %s", async (_what, tag) => {
    const url = `${edge.url}/images/7.png`;
    const etag = (await fetch(url)).headers.get("etag") ?? "";
    const again = await fetch(url, { headers: { "if-none-match": tag(etag) } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe("");
    expect(again.headers.get("etag")).toBe(etag);
    expect(again.headers.get("cache-control")).toBe(IMMUTABLE);
  });

  it("gets the file where its tag is another file's", async () => {
    const etag = (await fetch(`${edge.url}/images/1.png`)).headers.get("etag") ?? "";
    const other = await fetch(`${edge.url}/images/7.png`, { headers: { "if-none-match": etag } });
    expect(other.status).toBe(200);
  });
});

describe("methods", () => {
  it("HEAD returns what GET would, without the file", async () => {
    const get = await fetch(`${edge.url}/images/7.png`);
    const head = await fetch(`${edge.url}/images/7.png`, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe(String((await get.arrayBuffer()).byteLength));
    expect(head.headers.get("etag")).toBe(get.headers.get("etag"));
    expect(await head.text()).toBe("");
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s is refused with what is allowed", async (method) => {
    const response = await fetch(`${edge.url}/images/7.png`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
  });
});

describe("paths that name nothing", () => {
  it("are answered with what there is", async () => {
    const response = await fetch(`${edge.url}/imgs/7.png`);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(await response.text()).toMatch(/\/graphql.*\/images\/7\.png.*\/models\/catalogue\.json/);
  });

  it.each([
    "/images",
    "/images/",
    "/models/",
    "/web/index.html",
    "/images/manifest.json",
    "/static-index.json",
    "/graphiql.html",
    "/images/7.png/",
    "/images/7.PNG",
    "/images/7.png%00",
    "/images/%37.png",
    "//images/7.png",
    "/images//7.png",
    "/images/..%2fstatic-index.json",
    "/images/%2e%2e/static-index.json",
    "/images/..%5cstatic-index.json",
    "/../package.json",
    "/..%2f..%2fpackage.json",
    "/images/../../../../../../etc/passwd",
    "/.git/config",
    "/models/0000000000000000000000000000000000000000000000000000000000000000.onnx",
    "/__proto__",
    "/constructor",
  ])("%s is 404, with any files on the disk", async (path) => {
    const { status, body } = await rawStatus(path);
    expect(status).toBe(404);
    expect(body).toMatch(/^Nothing is served at this path/);
  });
});

describe("the page", () => {
  it("is answered at / with a policy, or with how to build it", async () => {
    const response = await fetch(`${edge.url}/`, { headers: { accept: "text/html" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    const type = response.headers.get("content-type");
    if (type === "text/html; charset=utf-8") {
      expect(response.headers.get("content-security-policy")).toMatch(
        /^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'/,
      );
      expect(response.headers.get("cache-control")).toBe("no-cache");
    } else {
      expect(await response.text()).toContain("npm run build:web");
    }
  });

  it("GraphiQL opens at /graphql in a browser, without third-party scripts", async () => {
    const response = await fetch(`${edge.url}/graphql`, { headers: { accept: "text/html" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    const page = await response.text();
    expect(page).toContain("GraphiQL");
    expect(page).not.toMatch(/<script[^>]+src=["']?https?:/);
    expect(page).not.toMatch(/<link[^>]+href=["']?https?:/);
  });
});
