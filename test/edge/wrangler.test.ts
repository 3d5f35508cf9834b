import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWorker } from "#edge/node/build-worker.ts";

const ROOT = join(import.meta.dirname, "..", "..");

describe("the bundle", () => {
  it("stays within what a Worker may weigh, and needs nothing but its own files", async () => {
    const { folder } = await buildWorker();
    const files = await readdir(folder);
    const sizes = await Promise.all(
      files
        .filter((file) => /\.(js|wasm)$/.test(file))
        .map(async (file) => gzipSync(await readFile(join(folder, file))).length),
    );
    expect(sizes).toHaveLength(2);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(4_200_000);
    const imports = (await readFile(join(folder, "worker.js"), "utf8")).matchAll(/^import .* from "(.*)";$/gm);
    const outside = [...imports]
      .map((match) => match[1])
      .filter((name) => !files.includes(name?.replace("./", "") ?? ""));
    expect(outside.filter((name) => !name?.startsWith("cloudflare:"))).toEqual([]);
  });

  it("is found again while no source changes", async () => {
    expect(await buildWorker()).toEqual(await buildWorker());
  });
});

describe("npm run dev:edge", () => {
  let url: string;
  let stop: () => Promise<void>;
  let log = "";
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "isobit-dev-"));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const args = [join(ROOT, "edge", "dev.ts"), "--assets", join(folder, "assets")];
    const env = { ...process.env, EDGE_PORT: String(port), ORIGIN_URL: "http://127.0.0.1:1", ORIGIN_TOKEN: "a-token" };
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const ended = once(child, "exit");
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (log += chunk.toString()));
    stop = async () => {
      child.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true });
    };
    while (!(await fetch(url).catch(() => null))) {
      if (child.exitCode !== null) throw new Error(log);
      await delay(200);
    }
  });
  afterAll(async () => {
    await stop?.();
  });

  it("serves the same files with the same headers", async () => {
    const response = await fetch(`${url}/images/7.png`);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(response.headers.get("content-type")).toBe("image/png");
    const etag = response.headers.get("etag") ?? "";
    const again = await fetch(`${url}/images/7.png`, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
    expect((await fetch(`${url}/static-index.json`)).status).toBe(404);
  });

  it("answers GraphQL, with the variables that it was started with", async () => {
    const query = '{ predict(input: { image: "7" }) { label } health { backends { reason } } }';
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    const { data } = (await response.json()) as {
      data: { predict: unknown; health: { backends: { reason: string }[] } };
    };
    expect(data.predict).toEqual({ label: "7" });
    expect(data.health.backends[1]?.reason).toContain("http://127.0.0.1:1");
  });

  it("asks no one outside", () => {
    expect(log).not.toMatch(/ENOTFOUND|Unable to fetch/);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
