import { describe, expect, it } from "vitest";
import { BACKEND_IDS, BACKENDS, type BackendId } from "#core/backends.ts";
import { available, type Backend } from "#core/backends/backend.ts";
import { floatsOf } from "#core/tensors/bits.ts";
import { runsOf } from "#core/backends/batching.ts";
import { coversBackend } from "#core/model/certified.ts";
import type { Certificate } from "#core/certify/certificate.ts";
import { coverageOf } from "#core/certify/coverage.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { answer } from "#core/path.ts";
import type { Host } from "#core/host.ts";
import { bytesOf } from "#core/tensors/bits.ts";
import { modelOf } from "./plan.ts";

/* No real backend breaks a certificate on demand, so here two that answer what they are told do. */

function covering(...backends: readonly BackendId[]): Certificate["covers"] {
  return backends.map((backend) => ({ backend, optimizationLevels: ["extended"] }));
}

const CERTIFICATE: Certificate = {
  rules: 1,
  opset: 17,
  domain: { input: "x", shape: [-1, 2], exponent: 0, lo: 0, hi: 255 },
  covers: covering("WASM", "CPU"),
  inputDomain: "integers 0 to 255",
  anyAlgorithm: true,
  tf32Safe: true,
  headroomUsed: 0.5,
  assumptions: [],
  nodes: [],
  otherAlgorithms: [],
  tooWideForTf32: [],
  webgpuFaults: [],
};

function certified(certificate: Partial<Certificate> = {}): ModelInfo {
  const model = modelOf({ width: 2, height: 1 });
  const domain = { shape: [-1, 2], exponent: 0, lo: 0, hi: 255 };
  return {
    ...model,
    input: { ...model.input, shape: [-1, 2] },
    proof: { certificate: { ...CERTIFICATE, ...certificate }, domain, rowsIndependent: true, failure: null },
  };
}

function answering(id: BackendId, logits: readonly number[]): Backend {
  return {
    id,
    status: async () => available(id, { runtimeVersion: "0", device: null, hardwareGpu: false }),
    infer: async (_model, tensors) =>
      tensors.map(() => ({ ok: true, logits: Float32Array.from(logits), latencyMs: 1 })),
    evaluate: () => Promise.reject(new Error("no parts")),
    fusedNodes: async () => null,
  };
}

function surround(model: ModelInfo, backends: readonly Backend[], alarms: string[]): Host {
  return {
    side: "ORIGIN",
    version: "0",
    catalogue: { models: [model] },
    images: [],
    explain: async () => null,
    readModel: () => Promise.reject(new Error("no models")),
    readImage: () => Promise.reject(new Error("no images")),
    decodeOther: async () => [],
    backends: new Map(backends.map((backend) => [backend.id, backend])),
    peers: new Map(),
    alarm: (line) => void alarms.push(line),
    now: () => 0,
    pause: async () => {},
    timestamp: () => "",
  };
}

const tensor = (...values: number[]) => ({ kind: "tensor", bytes: bytesOf(Float32Array.from(values)) }) as const;

describe("differing bits on an input inside the certified domain", () => {
  const equal = answering("CPU", [1, 2]);
  const other = answering("WASM", [1, 2.0000002]);

  it("raise the alarm with what is needed to see them again, at any tolerance", async () => {
    const alarms: string[] = [];
    const report = await answer(
      { inputs: [tensor(3, 255)], backends: ["CPU", "WASM"], tolerance: { abs: 1 } },
      surround(certified(), [equal, other], alarms),
    );
    expect(report.verdict).toBe("DRIFT");
    expect(report.rows[0]?.pairs[0]).toMatchObject({ inCertifiedDomain: true, verdict: "DRIFT", differingElements: 1 });
    const [violation] = report.violations;
    expect(violation).toMatchObject({ image: "input:0", reference: "CPU", other: "WASM", differingElements: 1 });
    expect([...floatsOf(violation!.input)]).toEqual([3, 255]);
    expect([...floatsOf(violation!.otherBits)]).toEqual([1, Math.fround(2.0000002)]);
    expect(violation?.inputSha256).toBe(report.rows[0]?.inputSha256);
    expect(alarms).toHaveLength(1);
    expect(alarms[0]).toMatch(/^CERTIFICATE_VIOLATED: .*model .*input [0-9a-f]{64}$/);
  });

  it("also where only the sign of a zero differs", async () => {
    const backends = [answering("CPU", [0, 1]), answering("WASM", [-0, 1])];
    const report = await answer({ inputs: [tensor(0, 0)] }, surround(certified(), backends, []));
    expect(report.violations).toHaveLength(1);
  });

  it.each<[string, readonly number[]]>([
    ["a fraction", [0.5, 1]],
    ["a level above 255", [256, 1]],
    ["-0", [-0, 1]],
    ["NaN", [NaN, 1]],
  ])("are plain drift where the input holds %s, outside the domain", async (_what, values) => {
    const alarms: string[] = [];
    const report = await answer(
      { inputs: [tensor(...values)], tolerance: { abs: 1 } },
      surround(certified(), [equal, other], alarms),
    );
    expect(report.rows[0]?.pairs[0]).toMatchObject({ inCertifiedDomain: false, verdict: "WITHIN_TOLERANCE" });
    expect([report.violations, alarms]).toEqual([[], []]);
  });

  it.each<BackendId>(["CUDA", "CUDA_TF32", "WEBGPU"])("are plain drift on %s unless it is listed", async (backend) => {
    const backends = [equal, answering(backend, [1, 3])];
    const uncovered = await answer({ inputs: [tensor(1, 1)] }, surround(certified(), backends, []));
    expect(uncovered.violations).toEqual([]);
    const covers = covering("CPU", backend);
    const covered = await answer({ inputs: [tensor(1, 1)] }, surround(certified({ covers }), backends, []));
    expect(covered.violations).toHaveLength(1);
  });

  it("are covered only on listed backends and levels, never on an unknown one", () => {
    expect(coversBackend(certified(), "CPU")).toBe(true);
    expect(coversBackend(certified(), "CPU", "all")).toBe(false);
    expect(coversBackend(certified(), "OPENVINO")).toBe(false);
    expect(coversBackend(certified(), "toString")).toBe(false);
  });
});

describe("what a proof covers", () => {
  const lists = (reach: Parameters<typeof coverageOf>[0]): readonly string[] =>
    coverageOf(reach).map(({ backend }) => backend);
  const plain = { anyAlgorithm: true, tf32Safe: true, webgpuFaults: 0 };

  it("is every backend that any certificate covers, where nothing stands against it", () => {
    expect(lists(plain)).toEqual(BACKEND_IDS.filter((id) => BACKENDS[id].certifiedLevels.length > 0));
  });

  it("is not CUDA where cuDNN may choose another algorithm, nor TF32 where factors are too wide, nor a faulty WEBGPU", () => {
    const named: readonly BackendId[] = ["WASM", "CPU", "CUDA", "CUDA_TF32", "WEBGPU"];
    const without = (reach: Partial<typeof plain>): readonly BackendId[] =>
      named.filter((id) => !lists({ ...plain, ...reach }).includes(id));
    expect(without({})).toEqual([]);
    expect(without({ anyAlgorithm: false })).toEqual(["CUDA", "CUDA_TF32"]);
    expect(without({ tf32Safe: false })).toEqual(["CUDA_TF32"]);
    expect(without({ webgpuFaults: 1 })).toEqual(["WEBGPU"]);
  });

  it("reaches level `all` on CPU and WASM, where the soundness suite runs it", () => {
    const all = coverageOf(plain).filter(({ optimizationLevels }) => optimizationLevels.includes("all"));
    expect(all.map(({ backend }) => backend)).toEqual(["WASM", "CPU"]);
  });
});

describe("inputs that share a run", () => {
  const row = (...values: number[]) => Float32Array.from(values);

  it("are those that the certificate covers, a hundred at most", () => {
    const inside = Array.from({ length: 250 }, () => row(1, 2));
    expect(runsOf(certified(), inside).map((run) => run.length)).toEqual([100, 100, 50]);
  });

  it("are never float inputs, nor inputs outside the domain, nor those of a fixed batch", () => {
    const model = certified();
    expect(runsOf(model, [row(1, 2), row(0.5, 2), row(3, 4), row(5, 6)]).map((run) => run.length)).toEqual([1, 1, 2]);
    const float = modelOf({ width: 2, height: 1 });
    expect(runsOf(float, [row(1, 2), row(3, 4)]).map((run) => run.length)).toEqual([1, 1]);
    const fixed = { ...model, input: { ...model.input, shape: [1, 2], fixedBatch: 1 } };
    expect(runsOf(fixed, [row(1, 2), row(3, 4)]).map((run) => run.length)).toEqual([1, 1]);
  });
});
