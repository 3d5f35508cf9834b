import { describe, expect, it } from "vitest";
import { BACKEND_IDS, type BackendId } from "#core/backends.ts";
import { type Backend, unavailable } from "#core/backends/backend.ts";
import { SideMetrics } from "#schema/metrics/side-metrics.ts";
import { OpenCalls } from "#schema/admission/open-calls.ts";
import { createRestFace } from "#schema/rest/face.ts";
import { cpuBackend, gpuRole } from "#schema/rest/roles.ts";
import { readVariable } from "#core/variables.ts";

/* Who plays cpu and gpu. Hardware GPUs are statuses here: a test machine rarely has one. */

type Seen = "hardware" | "software" | "missing";

function machine(seen: Partial<Record<BackendId, Seen>>): { backends: Map<BackendId, Pick<Backend, "status">> } {
  const backends = (Object.entries(seen) as [BackendId, Seen][]).map(([id, kind]) => {
    const status = unavailable(id, "not here");
    const there = { ...status, available: true, reason: null, hardwareGpu: kind === "hardware" };
    return [id, { status: async () => (kind === "missing" ? status : there) }] as const;
  });
  return { backends: new Map(backends) };
}

describe("gpu", () => {
  it.each([
    [
      { CUDA: "hardware", WEBGPU: "hardware" },
      { available: true, backend: "CUDA" },
    ],
    [
      { CUDA: "missing", WEBGPU: "hardware" },
      { available: true, backend: "WEBGPU" },
    ],
    [
      { CUDA: "missing", WEBGPU: "software" },
      { available: false, backend: null },
    ],
    [
      { CUDA: "missing", CUDA_TF32: "hardware", WEBGPU: "missing" },
      { available: false, backend: null },
    ],
    [{}, { available: false, backend: null }],
  ] as const)("of %o is %o", async (seen, role) => {
    expect(await gpuRole(machine(seen), undefined)).toEqual(role);
  });

  it("is the named backend, and the hardware is still reported correctly", async () => {
    expect(await gpuRole(machine({ CUDA: "hardware" }), "CPU")).toEqual({ available: true, backend: "CPU" });
    expect(await gpuRole(machine({ WEBGPU: "software" }), "WEBGPU")).toEqual({ available: false, backend: "WEBGPU" });
  });
});

describe("cpu", () => {
  it("is the side's own backend, unless that is used as gpu", () => {
    expect([cpuBackend("EDGE", undefined), cpuBackend("ORIGIN", undefined)]).toEqual(["WASM", "CPU"]);
    for (const side of ["EDGE", "ORIGIN"] as const) {
      for (const named of BACKEND_IDS) expect(cpuBackend(side, named)).not.toBe(named);
    }
  });
});

describe("PARAGON_GPU", () => {
  const read = (value: string | undefined) =>
    readVariable("PARAGON_GPU", { PARAGON_GPU: value }, (url) => URL.parse(url));
  it("takes every backend's name, and nothing for nothing", () => {
    for (const id of BACKEND_IDS) expect(read(id)).toBe(id);
    expect([read(undefined), read("")]).toEqual([undefined, undefined]);
  });

  it.each(["cpu", "GPU", " CPU", "CPU,WEBGPU", "0"])("refuses %j by name and value", (value) => {
    expect(() => read(value)).toThrow(`PARAGON_GPU is ${JSON.stringify(value)}; it must be`);
  });
});

it("an unforeseen error is masked under an id that the log repeats", async () => {
  const logged: { id: string; error: unknown }[] = [];
  const face = createRestFace({
    host: () => Promise.reject(new Error("a path on the disk")),
    token: undefined,
    anonymous: true,
    standIn: undefined,
    logInternal: (id, error) => logged.push({ id, error }),
  });
  const request = new Request("http://localhost/health");
  const response = await new OpenCalls(new SideMetrics(), () => 0).answer(
    request,
    { caller: "a caller", face: "rest" },
    (call) => face.answer(request, call),
  );
  const { detail } = (await response.json()) as { detail: string };
  expect(response.status).toBe(500);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(logged).toMatchObject([{ error: { message: "a path on the disk" } }]);
  expect(detail).toContain(logged[0]!.id);
  expect(detail).not.toContain("disk");
});
