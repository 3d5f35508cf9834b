import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { skippedFor, SWIFTSHADER, SWIFTSHADER_MISSING } from "../support/missing.ts";
import { EdgeDidNotStart, startEdge } from "../support/edge.ts";
import { NO_VULKAN, runOriginToItsEnd, triedBackend } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { call, hasHardwareGpu, post } from "./face.ts";

/* PARAGON_GPU names the backend that plays `gpu`; a software adapter plays it only where it is named. */

const FLOAT_MODEL = join(import.meta.dirname, "..", "..", "models", "digits.onnx");

let stack: RunningStack;

describe("PARAGON_GPU=CPU with the float model", () => {
  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_VULKAN, PARAGON_GPU: "CPU", MODEL: FLOAT_MODEL } });
  });
  afterAll(() => stack?.stop());

  describe.each(["edge", "origin"] as const)("on the %s", (side) => {
    const url = (path: string): string => `${side === "edge" ? stack.edgeUrl : stack.originUrl}${path}`;

    it("every route of the face answers for gpu by CPU, and says so", async () => {
      const predicted = await call(url("/predict?image=7.png&backend=gpu"));
      expect(predicted.body).toMatchObject({ backend: "gpu", prediction: 7, computed_by: "CPU" });
      const posted = await post(url("/predict"), { image: "7.png" });
      expect(posted.body).toMatchObject({ backend: "gpu", computed_by: "CPU" });
      const raw = await call(url("/predict-raw?image=7.png"));
      expect(raw.body).toMatchObject({ backend: "gpu", computed_by: "CPU", logits_bits: predicted.body.logits_bits });
      const other = await call(url("/predict?image=7.png&backend=cpu"));
      expect(other.body).toMatchObject({ backend: "cpu", computed_by: "WASM" });
    });

    it("a CPU used as gpu is not reported as a GPU", async () => {
      for (const path of ["/", "/health"]) {
        const { body } = await call(url(path));
        expect(Object.keys(body).slice(1)).toEqual(["gpu_available", "gpu_backend"]);
        expect(body.gpu_backend).toBe("CPU");
        expect(body.gpu_available).toBe(await hasHardwareGpu(url("")));
      }
    });

    it("/parity has ten full rows: labels that match, and the drift that they hide", async () => {
      const { body } = await call(url("/parity"));
      expect(body).toMatchObject({ mismatches: 0, total: 10, verdict: "DRIFT", model: "digits" });
      expect(body).toMatchObject({ cpu_backend: "WASM", gpu_backend: "CPU" });
      for (const row of body.results) {
        expect(Object.keys(row)).toEqual(["image", "cpu", "gpu", "match", "verdict", "max_ulp", "logit_max_abs"]);
        expect(row.match).toBe(true);
        expect(row.verdict).toBe(row.cpu.logits_bits === row.gpu.logits_bits ? "IDENTICAL" : "DRIFT");
        expect(row.max_ulp > 0).toBe(row.verdict === "DRIFT");
        const [a, b] = [row.cpu, row.gpu].map(({ logits_bits: bits }) => Buffer.from(bits, "base64"));
        const distances = row.cpu.probs.map((_: number, at: number) =>
          Math.abs(a!.readFloatLE(at * 4) - b!.readFloatLE(at * 4)),
        );
        expect(row.logit_max_abs).toBe(Math.max(...distances));
      }
    });

    it("?gpu= goes before it for one call", async () => {
      const { body } = await call(url("/parity?images=7.png&gpu=WASM"));
      expect(body).toMatchObject({ cpu_backend: "CPU", gpu_backend: "WASM", verdict: "DRIFT" });
      expect((await call(url("/health"))).body.gpu_backend).toBe("CPU");
    });
  });
});

describe("a name that is not a backend", () => {
  const sentence = /PARAGON_GPU is "GPU"; it must be .*WASM, CPU, CUDA, CUDA_TF32, WEBGPU\./;

  it("stops the edge's start", async () => {
    const refused = await startEdge({ env: { PARAGON_GPU: "GPU" } }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(EdgeDidNotStart);
    expect((refused as EdgeDidNotStart).message).toMatch(sentence);
  });

  it("stops the origin's start", async () => {
    const { exitCode, logs } = await runOriginToItsEnd({ env: { PARAGON_GPU: "GPU" } });
    expect(exitCode).not.toBe(0);
    expect(logs).toMatch(sentence);
  });
});

describe("WEBGPU on a software adapter", skippedFor(SWIFTSHADER_MISSING), () => {
  let software: RunningStack;
  beforeAll(async () => {
    software = await startStack({ env: { VK_DRIVER_FILES: SWIFTSHADER } });
    await triedBackend(software.origin(), "WEBGPU");
  });
  afterAll(() => software?.stop());

  it("is not gpu by default", async (context) => {
    if (await hasHardwareGpu(software.originUrl)) return context.skip("this machine has a hardware GPU");
    expect((await call(`${software.edgeUrl}/health`)).body.gpu_available).toBe(false);
    expect((await call(`${software.edgeUrl}/predict?image=7.png&backend=gpu`)).status).toBe(503);
    expect((await call(`${software.edgeUrl}/parity?images=7.png`)).body.results[0].gpu).toBeNull();
  });

  it("is used as gpu if it is named, without being reported as a GPU", async (context) => {
    if (await hasHardwareGpu(software.originUrl)) return context.skip("this machine has a hardware GPU");
    const { body } = await call(`${software.edgeUrl}/parity?images=7.png&gpu=WEBGPU`);
    expect(body).toMatchObject({ gpu_available: false, gpu_backend: "WEBGPU", verdict: "IDENTICAL" });
    expect(body.results[0].gpu).toMatchObject({
      pred: 7,
      computed_by: "WEBGPU",
      execution_provider: "WebGpuExecutionProvider",
    });
  });
});
