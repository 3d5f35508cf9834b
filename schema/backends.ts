import { BACKEND_IDS, BACKENDS, type BackendId, type Side } from "#core/backends.ts";
import type { BackendStatus } from "#core/backends/backend.ts";
import { builder } from "./builder.ts";

export const Backend = builder.enumType("Backend", {
  description: "One ONNX Runtime execution provider on one side of the split.",
  values: Object.fromEntries(
    BACKEND_IDS.map((id) => [id, { value: id, description: BACKENDS[id].description }]),
  ) as Record<BackendId, { value: BackendId; description: string }>,
});

export const SideEnum = builder.enumType("Side", {
  description: "Where something runs: the Worker, or the server on the GPU host.",
  values: { EDGE: { value: "EDGE" as Side }, ORIGIN: { value: "ORIGIN" as Side } },
});

export const BackendStatusType = builder.objectRef<BackendStatus>("BackendStatus").implement({
  description: "Whether a backend can run here and now, and on what.",
  fields: (t) => ({
    backend: t.expose("backend", { type: Backend }),
    side: t.expose("side", { type: SideEnum }),
    available: t.exposeBoolean("available"),
    reason: t.exposeString("reason", {
      nullable: true,
      description: "Why it is not available, in words a person can act on.",
    }),
    executionProvider: t.exposeString("executionProvider", {
      description: "The ONNX Runtime execution provider that runs the nodes, as ONNX Runtime names it.",
    }),
    runtime: t.exposeString("runtime", { description: "The npm package: onnxruntime-web or onnxruntime-node." }),
    runtimeVersion: t.exposeString("runtimeVersion", {
      description: 'As the runtime itself says; "unknown" while the side that holds it does not answer.',
    }),
    optimizationLevel: t.exposeString("optimizationLevel", {
      description: "extended on every backend: higher levels change bits.",
    }),
    device: t.exposeString("device", {
      nullable: true,
      description: "CPU model, GPU name or WebGPU adapter, where it is known; a software adapter is named as one.",
    }),
    hardwareGpu: t.exposeBoolean("hardwareGpu", {
      description: "True only where the device is a real GPU; never for a software adapter.",
    }),
  }),
});
