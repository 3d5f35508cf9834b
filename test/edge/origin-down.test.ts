import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BACKEND_IDS, BACKENDS } from "#core/backends.ts";
import { type RunningEdge, startEdge } from "../support/edge.ts";

const IMAGES = join(import.meta.dirname, "..", "..", "images");

interface Health {
  readonly health: {
    readonly ok: boolean;
    readonly backends: readonly { backend: string; available: boolean; reason: string | null }[];
  };
}
const HEALTH = "{ health { ok backends { backend available reason } } }";
const PREDICT = '{ predict(input: { image: "7" }, backend: WASM) { label } }';

/** A port on which nothing listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("with the origin down", () => {
  let edge: RunningEdge;
  let origin: string;
  beforeAll(async () => {
    origin = `http://127.0.0.1:${await deadPort()}`;
    edge = await startEdge({ env: { ORIGIN_URL: origin, ORIGIN_TOKEN: "a-token" } });
  });
  afterAll(async () => {
    await edge?.stop();
  });

  it("health is ok by WASM, and says why each other backend is not available", async () => {
    const { data } = await edge.graphql<Health>(HEALTH);
    expect(data.health.ok).toBe(true);
    const [wasm, ...others] = data.health.backends;
    expect(wasm).toEqual({ backend: "WASM", available: true, reason: null });
    expect(others.map(({ backend }) => backend)).toEqual(BACKEND_IDS.filter((id) => BACKENDS[id].side === "ORIGIN"));
    for (const other of others) {
      expect(other.available).toBe(false);
      expect(other.reason).toContain(origin);
    }
  });

  it("images and predictions on WASM are answered", async () => {
    expect((await fetch(`${edge.url}/images/7.png`)).status).toBe(200);
    expect((await edge.graphql(PREDICT)).data).toEqual({ predict: { label: "7" } });
  });

  it("a backend of the origin is ORIGIN_UNREACHABLE", async () => {
    const { errors } = await edge.graphql('{ predict(input: { image: "7" }, backend: CPU) { label } }');
    expect(errors?.[0]?.extensions?.code).toBe("ORIGIN_UNREACHABLE");
    expect(errors?.[0]?.message).toContain(origin);
  });

  it("parity is INCOMPLETE with the reason, and still shows what WASM says", async () => {
    const { data } = await edge.graphql(
      '{ parity(images: ["7"]) { verdict rows { outputs { source prediction { label } error { code message } } } } }',
    );
    expect(data).toEqual({
      parity: {
        verdict: "INCOMPLETE",
        rows: [
          {
            outputs: [
              { source: "WASM", prediction: { label: "7" }, error: null },
              {
                source: "CPU",
                prediction: null,
                error: { code: "ORIGIN_UNREACHABLE", message: expect.stringContaining(origin) },
              },
            ],
          },
        ],
      },
    });
  });

  it("a PNG is still decoded here, a JPEG is refused with the reason", async () => {
    const png = await readFile(join(IMAGES, "7.png"));
    const jpeg = await sharp(png).jpeg().toBuffer();
    const query = "query ($file: Bytes!) { predict(input: { file: $file }) { label } }";
    const decoded = await edge.graphql(query, { file: png.toString("base64") });
    expect(decoded.data).toEqual({ predict: { label: "7" } });
    const refused = await edge.graphql(query, { file: jpeg.toString("base64") });
    expect(refused.errors?.[0]?.extensions?.code).toBe("ORIGIN_UNREACHABLE");
  });
});

describe("with an origin that takes connections and never answers", () => {
  let edge: RunningEdge;
  let silent: Server;
  const connections = new Set<Socket>();
  beforeAll(async () => {
    silent = createServer((socket) => connections.add(socket.on("error", () => {}))).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    edge = await startEdge({ env: { ORIGIN_URL: `http://127.0.0.1:${port}`, ORIGIN_TOKEN: "a-token" } });
  });
  afterAll(async () => {
    await edge?.stop();
    for (const socket of connections) socket.destroy();
    silent?.close();
  });

  it("files and WASM answer while a query still waits for it", async () => {
    let healthAnswered = false;
    const health = edge.graphql<Health>(HEALTH).finally(() => (healthAnswered = true));
    await expect.poll(() => connections.size).toBeGreaterThan(0);
    expect((await fetch(`${edge.url}/images/7.png`)).status).toBe(200);
    expect((await edge.graphql(PREDICT)).data).toEqual({ predict: { label: "7" } });
    expect(healthAnswered).toBe(false);
    const { data } = await health;
    expect(data.health.ok).toBe(true);
    expect(data.health.backends[1]?.reason).toMatch(/did not respond within 3 s/);
  });

  it("is not waited for again", async () => {
    const { data } = await edge.graphql<Health>(HEALTH);
    expect(data.health.backends[1]?.reason).toMatch(/accepts connections, but has not responded for \d+ s/);
    const { errors } = await edge.graphql('{ predict(input: { image: "7" }, backend: CPU) { label } }');
    expect(errors?.[0]?.extensions?.code).toBe("ORIGIN_UNREACHABLE");
    expect(errors?.[0]?.message).toMatch(/accepts connections, but has not responded/);
  });
});

describe("a client that hangs up", () => {
  it("does not affect the others' answers", async () => {
    const connections = new Set<Socket>();
    const silent = createServer((socket) => connections.add(socket.on("error", () => {}))).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const edge = await startEdge({ env: { ORIGIN_URL: `http://127.0.0.1:${port}`, ORIGIN_TOKEN: "a-token" } });
    const before = connections.size;
    const impatient = new AbortController();
    const gone = fetch(`${edge.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: HEALTH }),
      signal: impatient.signal,
    }).catch((error: Error) => error.name);
    await expect.poll(() => connections.size).toBeGreaterThan(before);
    const patient = edge.graphql<Health>(HEALTH);
    impatient.abort();
    expect(await gone).toBe("AbortError");
    expect((await patient).data.health.ok).toBe(true);
    await edge.stop();
    for (const socket of connections) socket.destroy();
    silent.close();
  });
});
