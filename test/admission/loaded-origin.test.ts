import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAX_DEADLINE_MS } from "#core/limits.ts";
import { writeModel } from "#core/onnx/write.ts";
import { endlessModelFile, loopingModel } from "../support/looping-model.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";
import { descendantsOf, untilBusy } from "../support/processes.ts";

/* An origin with more to do than it can: who is refused, who is served, and what happens to those who give up. */

const PREDICT = '{ predict(backend: CPU, input: { image: "7" }) { label } }';
/** Minutes of work, and 1 s an image or so. */
const LONG = { images: 300, turns: 600_000 };

function post(url: string, path: string, body: unknown, headers = {}, signal?: AbortSignal): Promise<Response> {
  const init = {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
  return fetch(`${url}${path}`, signal ? { ...init, signal } : init);
}

/** One image, on every face that runs one. */
const FACES: readonly (readonly [string, (url: string, headers?: object) => Promise<Response>])[] = [
  ["GraphQL", (url, headers) => post(url, "/graphql", { query: PREDICT }, headers)],
  [
    "GraphQL as application/graphql-response+json",
    (url, headers) =>
      post(url, "/graphql", { query: PREDICT }, { accept: "application/graphql-response+json", ...headers }),
  ],
  ["REST", (url, headers) => post(url, "/predict", { image: "7.png", backend: "cpu" }, headers)],
  [
    "the Open Inference Protocol",
    (url, headers) =>
      post(
        url,
        "/v2/models/slow/infer",
        { inputs: [{ name: "x", shape: [1, 1, 28, 28], datatype: "FP32", data: Array(784).fill(0.5) }] },
        headers,
      ),
  ],
];

describe("an origin whose CPU has minutes of work", () => {
  let folder: string;
  let origin: RunningOrigin;
  const caller = new AbortController();
  let long: Promise<unknown>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "isobit-slow-"));
    const MODEL = join(folder, "slow.onnx");
    await writeFile(MODEL, writeModel(loopingModel(LONG.turns, { large: false })));
    origin = await startOrigin({ env: { ...NO_VULKAN, MODEL, MAX_WAIT_SECONDS: "0.01" } });
    // The origin learns how long an image takes.
    expect(await origin.graphql(PREDICT)).toMatchObject({ data: { predict: {} } });
    const query = "query ($images: [ID!]!) { parity(backends: [CPU], images: $images) { verdict } }";
    const images = Array(LONG.images).fill("7");
    long = post(origin.url, "/graphql", { query, variables: { images } }, {}, caller.signal).catch(
      (error: Error) => error.name,
    );
    await untilBusy(descendantsOf(origin.pid).map(({ pid }) => pid));
  });
  afterAll(async () => {
    caller.abort();
    await origin?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(FACES)("refuses another image by %s with 503 and when to try again", async (_face, ask) => {
    const response = await ask(origin.url);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await response.text()).toMatch(/CPU already has \d+ images to run\. Retry in \d+ s\./);
  });

  it("says so in the rows of that backend alone", async () => {
    const response = await post(origin.url, "/graphql", {
      query: '{ parity(backends: [CPU], images: ["7"]) { verdict rows { outputs { error { code } } } } }',
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      data: { parity: { verdict: "INCOMPLETE", rows: [{ outputs: [{ error: { code: "OVERLOADED" } }] }] } },
    });
  });

  it("stays live and ready, and answers what needs no backend", async () => {
    for (const path of ["/health/live", "/health/ready", "/v2/health/ready"]) {
      expect((await fetch(`${origin.url}${path}`)).status).toBe(200);
    }
    expect(await origin.graphql("{ images { id } }")).toMatchObject({ data: { images: expect.any(Array) } });
  });

  it("drops the work of a caller that has gone, and serves the next", { timeout: 100_000 }, async () => {
    caller.abort();
    expect(await long).toBe("AbortError");
    await expect
      .poll(() => origin.graphql(PREDICT), { timeout: 60_000, interval: 200 })
      .toEqual({ data: { predict: { label: expect.any(String) } } });
  });
});

describe("a deadline", () => {
  let folder: string;
  let origin: RunningOrigin;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "isobit-slow-"));
    origin = await startOrigin({
      env: { ...NO_VULKAN, MODEL: await endlessModelFile({}, folder), GRACE_SECONDS: "0" },
    });
  });
  afterAll(async () => {
    await origin?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(FACES.slice(0, 3))("ends a request by %s that takes longer, with TIMEOUT", async (_face, ask) => {
    const response = await ask(origin.url, { "isobit-timeout-ms": "300" });
    expect(await response.text()).toContain("The request was not answered within 0.3 s.");
  });

  it("is 504 over REST", async () => {
    const response = await FACES[2]![1](origin.url, { "isobit-timeout-ms": "50" });
    expect(response.status).toBe(504);
  });

  it.each(["0", "-1", "1.5", "soon", "1e3", ""])("of %j is refused with what it must be", async (text) => {
    const response = await fetch(`${origin.url}/graphql?query={health{ok}}`, {
      headers: { "isobit-timeout-ms": text },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: `\`isobit-timeout-ms\` is ${JSON.stringify(text)}; it must be a whole number of milliseconds from 1 to ${MAX_DEADLINE_MS}.`,
          extensions: { code: "BAD_INPUT" },
        },
      ],
    });
  });

  it("beyond the largest is the largest", async () => {
    const response = await fetch(`${origin.url}/health/live`, { headers: { "isobit-timeout-ms": "999999999" } });
    expect(response.status).toBe(200);
  });
});
