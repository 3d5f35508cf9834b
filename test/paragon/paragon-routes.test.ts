import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "../support/graphql.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { call, hasHardwareGpu, OWN_KEYS, post, rawGet } from "./face.ts";

/* Paragon's routes on the real Worker and the real origin: bodies, key order, number forms, statuses, headers. */

const FILES = Array.from({ length: 10 }, (_, digit) => `${digit}.png`);
const PREDICTION_KEYS = ["backend", "image", "prediction", "probabilities", "latency_sec", "source_image_url"];
const DIGIT = join(import.meta.dirname, "..", "..", "images", "7.png");

let stack: RunningStack;
let hasGpu: boolean;
beforeAll(async () => {
  stack = await startStack({ env: NO_VULKAN });
  hasGpu = await hasHardwareGpu(stack.originUrl);
});
afterAll(() => stack?.stop());

describe.each([
  { side: "edge", cpu: "WASM", other: "CPU" },
  { side: "origin", cpu: "CPU", other: "WASM" },
] as const)("on the $side", ({ side, cpu, other }) => {
  const url = (path: string): string => `${side === "edge" ? stack.edgeUrl : stack.originUrl}${path}`;

  it("/, /health and /images/list have Paragon's bodies and nothing else", async () => {
    expect((await call(url("/"))).text).toBe(`{"message":"MNIST service ready","gpu_available":${hasGpu}}`);
    expect((await call(url("/health"))).text).toBe(`{"ok":true,"gpu_available":${hasGpu}}`);
    expect((await call(url("/images/list"))).text).toBe(JSON.stringify({ images: FILES }));
  });

  it(`/predict?backend=cpu is ${cpu}, with the same bits and probabilities as GraphQL's`, async () => {
    const { status, body } = await call(url("/predict?image=7.png&backend=cpu"));
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual([...PREDICTION_KEYS, ...OWN_KEYS]);
    expect(body).toMatchObject({
      backend: "cpu",
      image: "7.png",
      prediction: 7,
      source_image_url: "/static/images/7.png",
      computed_by: cpu,
      execution_provider: "CPUExecutionProvider",
    });
    const query = `{ predict(input: { image: "7" }, backend: ${cpu}) { probabilities model { id } logits { bits } } }`;
    const { predict } = (await ask(url(""), query)).body.data;
    expect(body).toMatchObject({
      probabilities: predict.probabilities,
      model: predict.model.id,
      logits_bits: predict.logits.bits,
    });
  });

  it("latency_sec has at most 6 decimals, or is null where nothing was measured", async () => {
    const { body } = await call(url("/parity?images=3.png&gpu=CPU"));
    for (const { latency_sec: latency } of [body.results[0].cpu, body.results[0].gpu]) {
      if (latency === null) continue;
      expect(latency).toBeGreaterThan(0);
      expect(latency).toBe(Number(latency.toFixed(6)));
    }
  });

  it("POST /predict is the same, with the body's own default", async () => {
    const { body: got } = await call(url("/predict?image=7.png&backend=cpu"));
    const { status, body: posted } = await post(url("/predict"), { image: "7.png", backend: "cpu" });
    expect(status).toBe(200);
    expect({ ...posted, latency_sec: 0 }).toEqual({ ...got, latency_sec: 0 });
    const byDefault = await post(url("/predict"), { image: "7.png" });
    expect(byDefault.status).toBe(hasGpu ? 200 : 503);
    expect(byDefault.body).toMatchObject(hasGpu ? { backend: "gpu" } : { detail: "GPU backend not available" });
  });

  it("/predict-raw answers true logits: the values of the bits, before any softmax", async () => {
    const { status, body } = await call(url("/predict-raw?image=3.png&backend=cpu"));
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(["backend", "image", "logits", ...OWN_KEYS]);
    const bytes = Buffer.from(body.logits_bits, "base64");
    expect(body.logits).toEqual(Array.from({ length: 10 }, (_, at) => bytes.readFloatLE(at * 4)));
    expect(body.logits.reduce((sum: number, logit: number) => sum + logit, 0)).not.toBeCloseTo(1, 3);
  });

  it("an image may be named with or without .png, and a backend in capitals", async () => {
    const { body } = await call(url("/predict?image=7&backend=CPU"));
    expect(body).toMatchObject({ image: "7.png", backend: "cpu", prediction: 7 });
  });

  it("without a GPU the rows of /parity have gpu and match null, and nothing is claimed", async (context) => {
    if (hasGpu) return context.skip("this machine has a hardware GPU");
    const { status, body } = await call(url("/parity"));
    expect(status).toBe(200);
    expect(Object.keys(body).slice(0, 4)).toEqual(["gpu_available", "mismatches", "total", "results"]);
    expect(body).toMatchObject({ gpu_available: false, mismatches: 0, total: 10, verdict: "INCOMPLETE" });
    expect(body).toMatchObject({ cpu_backend: cpu, gpu_backend: null, certificate_violations: 0 });
    for (const [digit, row] of body.results.entries()) {
      expect(Object.keys(row).slice(0, 4)).toEqual(["image", "cpu", "gpu", "match"]);
      expect(Object.keys(row.cpu)).toEqual(["pred", "probs", "latency_sec", ...OWN_KEYS]);
      expect(row).toMatchObject({ image: FILES[digit], gpu: null, match: null, verdict: "INCOMPLETE", max_ulp: null });
      expect(row.cpu).toMatchObject({ pred: digit, computed_by: cpu });
      expect(row.cpu.probs).toHaveLength(10);
    }
  });

  it("?gpu= names the backend used as gpu in one call, and never compares a backend with itself", async () => {
    for (const named of ["CPU", "WASM"] as const) {
      const { body } = await call(url(`/parity?images=7.png&gpu=${named}`));
      const compared = named === "CPU" ? "WASM" : "CPU";
      expect(body).toMatchObject({ gpu_available: hasGpu, verdict: "IDENTICAL", mismatches: 0 });
      expect(body).toMatchObject({ cpu_backend: compared, gpu_backend: named });
      const [row] = body.results;
      expect(row).toMatchObject({ match: true, verdict: "IDENTICAL", max_ulp: 0, logit_max_abs: 0 });
      expect([row.cpu.computed_by, row.gpu.computed_by]).toEqual([compared, named]);
      expect(row.gpu.logits_bits).toBe(row.cpu.logits_bits);
    }
  });

  it("the backend used as gpu may be missing: its rows say why", async (context) => {
    if (hasGpu) return context.skip("this machine has a hardware GPU");
    const { body } = await call(url("/parity?images=7.png&gpu=CUDA"));
    expect(body).toMatchObject({ verdict: "INCOMPLETE", gpu_backend: "CUDA" });
    expect(body.results[0]).toMatchObject({ gpu: null, match: null, gpu_error: expect.stringMatching(/CUDA/) });
  });

  it("images may be asked in any order and twice; one that is not there has a row of its own", async () => {
    const asked = ["7.png", "nope.png", "7.png", "3", "", "../7.png"];
    const query = asked.map((name) => `images=${encodeURIComponent(name)}`).join("&");
    const { body } = await call(url(`/parity?${query}&gpu=${other}`));
    expect(body).toMatchObject({ total: 6, mismatches: 0, verdict: "INCOMPLETE" });
    expect(body.results.map(({ image, error, match }: Record<string, unknown>) => error ?? [image, match])).toEqual([
      ["7.png", true],
      "not found",
      ["7.png", true],
      ["3.png", true],
      "not found",
      "not found",
    ]);
    expect(JSON.stringify(body.results[1])).toBe('{"image":"nope.png","error":"not found"}');
    const none = await call(url("/parity?images=nope.png"));
    expect(none.body).toMatchObject({ total: 1, verdict: "INCOMPLETE", results: [{ error: "not found" }] });
  });

  it("a thousand images are answered in one call, more are 422", async () => {
    const asking = (count: number): string => `/parity?gpu=${other}&${"images=7&".repeat(count).slice(0, -1)}`;
    const { body } = await call(url(asking(1_000)));
    expect(body).toMatchObject({ total: 1_000, mismatches: 0, verdict: "IDENTICAL" });
    const tooMany = await call(url(asking(1_001)));
    expect([tooMany.status, tooMany.body.detail[0].loc]).toEqual([422, ["query", "images"]]);
  });

  it("errors are Paragon's", async () => {
    const missing = await call(url("/predict?image=nope.png&backend=cpu"));
    expect([missing.status, missing.text]).toEqual([404, '{"detail":"image not found: nope.png"}']);
    // As theirs: the missing image comes before the missing GPU.
    expect((await call(url("/predict-raw?image=nope.png&backend=gpu"))).status).toBe(404);
  });

  it("what asks for a GPU that is not there is 503 in Paragon's words", async ({ skip }) => {
    skip(hasGpu, "this machine has a hardware GPU");
    for (const path of ["/predict?image=7.png", "/predict?image=7.png&backend=gpu", "/predict-raw?image=7.png"]) {
      const { status, text } = await call(url(path));
      expect([status, text]).toEqual([503, '{"detail":"GPU backend not available"}']);
    }
  });

  it.each([
    ["/predict", [["query", "image"]], ["missing"]],
    ["/predict-raw?backend=cpu", [["query", "image"]], ["missing"]],
    ["/predict?image=7.png&backend=tpu", [["query", "backend"]], ["literal_error"]],
    [
      "/predict?backend=tpu",
      [
        ["query", "image"],
        ["query", "backend"],
      ],
      ["missing", "literal_error"],
    ],
    ["/parity?gpu=GPU", [["query", "gpu"]], ["enum"]],
  ])("%s is 422, with where and why", async (path, locs, types) => {
    const { status, body } = await call(url(path));
    expect(status).toBe(422);
    expect(body.detail.map((problem: object) => Object.keys(problem))).toEqual(locs.map(() => ["loc", "msg", "type"]));
    expect(body.detail.map(({ loc }: { loc: unknown }) => loc)).toEqual(locs);
    expect(body.detail.map(({ type }: { type: unknown }) => type)).toEqual(types);
  });

  it.each([
    ["", "json_invalid"],
    ["{", "json_invalid"],
    ["[]", "model_attributes_type"],
    ["null", "model_attributes_type"],
    ["{}", "missing"],
    ['{"image":7}', "string_type"],
    ['{"image":"7.png","backend":null}', "string_type"],
    ['{"image":"7.png","backend":"tpu"}', "literal_error"],
    ['{"__proto__":{"image":"7.png"}}', "missing"],
  ])("POST /predict with %s is 422", async (text, type) => {
    const { status, body } = await post(url("/predict"), text);
    expect(status).toBe(422);
    expect(body.detail[0]).toMatchObject({ loc: expect.arrayContaining(["body"]), type });
  });

  it.each([
    ["/health", "POST", "GET, HEAD"],
    ["/", "DELETE", "GET, HEAD"],
    ["/parity", "POST", "GET, HEAD"],
    ["/predict", "PUT", "GET, HEAD, POST"],
    ["/static/images/7.png", "POST", "GET, HEAD"],
    ["/images/list", "OPTIONS", "GET, HEAD"],
  ])("%s by %s is 405 and says what is allowed", async (path, method, allowed) => {
    const { status, text, headers } = await call(url(path), { method });
    expect([status, text, headers.get("allow")]).toEqual([405, '{"detail":"Method Not Allowed"}', allowed]);
  });

  it("a body that is too large is refused before it is read completely", async () => {
    const { status, body } = await post(url("/predict"), `{"image":"${"7".repeat(21 * 1024 * 1024)}"}`);
    expect(status).toBe(413);
    expect(body.detail).toMatch(/20 MiB/);
  });

  it("HEAD returns what GET would, without the body", async () => {
    for (const path of ["/health", "/static/images/7.png", "/docs"]) {
      const [head, get] = await Promise.all([fetch(url(path), { method: "HEAD" }), fetch(url(path))]);
      expect([head.status, head.headers.get("content-type")]).toEqual([200, get.headers.get("content-type")]);
      expect(await head.text()).toBe("");
    }
    const missing = await fetch(url("/predict?image=nope.png"), { method: "HEAD" });
    expect([missing.status, await missing.text()]).toEqual([404, ""]);
  });

  it("images are the committed files", async () => {
    const response = await fetch(url("/static/images/7.png"));
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(bytes).toEqual(new Uint8Array(await readFile(DIGIT)));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/png",
      "access-control-allow-origin": "*",
      etag: `"${createHash("sha256").update(bytes).digest("hex")}"`,
    });
  });

  it.each([
    "../../package.json",
    "..%2f..%2fpackage.json",
    "%2e%2e/%2e%2e/package.json",
    "..\\..\\package.json",
    "..%5c..%5cpackage.json",
    "7.png%00",
    "7.png%00.png",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "C:%5cwindows%5cwin.ini",
    "manifest.json",
    "7.PNG",
    "7.png/",
    "./7.png",
    ".%2f7.png",
    "__proto__",
    "constructor",
    "",
    "%",
    "%ff",
  ])("the name %s is 404 everywhere", async (name) => {
    for (const path of [`/predict?backend=cpu&image=${name}`, `/predict-raw?backend=cpu&image=${name}`]) {
      const { status, body } = await rawGet(url(""), path);
      expect([path, status]).toEqual([path, 404]);
      expect(JSON.parse(body).detail).toMatch(/^image not found: /);
    }
    const posted = await post(url("/predict"), { image: decodeURIComponent(name.replaceAll(/%(?![0-7])/g, "%25")) });
    expect(posted.status).toBe(404);
    const { status } = await rawGet(url(""), `/static/images/${name}`);
    // What a URL parser itself makes a plain 7.png of is 7.png.
    expect(status).toBe(name === "./7.png" ? 200 : 404);
  });

  it("every site may ask, by a preflight too", async () => {
    const headers = {
      origin: "https://elsewhere.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    };
    const response = await fetch(url("/predict"), { method: "OPTIONS", headers });
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD, POST",
      "access-control-allow-headers": expect.stringContaining("*"),
    });
  });

  it("and no other part of isobit lets them", async () => {
    const headers = { origin: "https://elsewhere.example" };
    for (const path of ["/graphql?query={images{id}}", "/images/7.png", "/nothing", "/health/live"]) {
      const response = await fetch(url(path), { headers });
      expect([path, response.headers.get("access-control-allow-origin")]).toEqual([path, null]);
    }
  });

  it("neighbouring paths are not affected", async () => {
    for (const path of ["/predict/", "/Predict", "/parity/x", "/static/7.png", "/static", "/images/list/"]) {
      const response = await fetch(url(path));
      expect([path, response.status]).toEqual([path, 404]);
      expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
    }
  });
});

describe("/", () => {
  it.each(["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"])(
    "is the page on the edge for a browser (%s), and the greeting on the origin, which has none",
    async (accept) => {
      const page = await fetch(`${stack.edgeUrl}/`, { headers: { accept } });
      expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(page.headers.get("vary")).toMatch(/accept/i);
      expect(page.headers.get("access-control-allow-origin")).toBeNull();
      expect((await call(`${stack.originUrl}/`, { headers: { accept } })).body.message).toBe("MNIST service ready");
    },
  );

  it.each(["*/*", "application/json", "application/json, text/html;q=0.5", "text/html;q=0, */*"])(
    "is JSON on the edge for a caller that accepts %s",
    async (accept) => {
      const { headers, body } = await call(`${stack.edgeUrl}/`, { headers: { accept } });
      expect(body.message).toBe("MNIST service ready");
      expect(headers.get("vary")).toMatch(/accept/i);
    },
  );
});

describe("with the origin down", () => {
  it("the edge still answers for cpu, and for gpu it says that no backend does", async () => {
    await stack.killOrigin();
    try {
      expect((await call(`${stack.edgeUrl}/health`)).text).toBe('{"ok":true,"gpu_available":false}');
      expect((await call(`${stack.edgeUrl}/predict?image=7.png&backend=cpu`)).body.prediction).toBe(7);
      const refused = await call(`${stack.edgeUrl}/predict?image=7.png&backend=gpu`);
      expect([refused.status, refused.text]).toEqual([503, '{"detail":"GPU backend not available"}']);
      const { body } = await call(`${stack.edgeUrl}/parity?images=7.png&gpu=CPU`);
      expect(body).toMatchObject({ verdict: "INCOMPLETE", gpu_backend: "CPU" });
      expect(body.results[0]).toMatchObject({ gpu: null, match: null, gpu_error: expect.stringContaining("origin") });
    } finally {
      await stack.startOrigin();
    }
  });
});
