import { BACKEND_IDS, BACKENDS, type BackendId } from "#core/backends.ts";
import type { BackendStatus } from "#core/backends/backend.ts";
import { builder } from "./builder.ts";
import { enumOf, type Level, OptimizationLevel } from "./enums.ts";

export const Backend = enumOf(
  "Backend",
  "One ONNX Runtime execution provider on one side.",
  Object.fromEntries(BACKEND_IDS.map((id) => [id, BACKENDS[id].description])) as Record<BackendId, string>,
);

export const SideEnum = enumOf("Side", "Where something runs.", {
  EDGE: "The Cloudflare Worker.",
  ORIGIN: "The Node server on the GPU host.",
});

export const BackendStatusType = builder.objectRef<BackendStatus>("BackendStatus").implement({
  description: "Whether a backend can run here and now, and on what.",
  fields: (t) => ({
    backend: t.expose("backend", { type: Backend, description: "The backend." }),
    side: t.expose("side", { type: SideEnum, description: "The side that holds the backend." }),
    available: t.exposeBoolean("available", { description: "True if the backend can run a model now." }),
    reason: t.exposeString("reason", {
      nullable: true,
      description: "Why the backend is unavailable, and what to do; null if it is available.",
    }),
    executionProvider: t.exposeString("executionProvider", {
      description: "The ONNX Runtime execution provider that runs the nodes, as ONNX Runtime names it.",
    }),
    runtime: t.exposeString("runtime", { description: "The npm package: onnxruntime-web or onnxruntime-node." }),
    runtimeVersion: t.exposeString("runtimeVersion", {
      description: 'The version that the runtime reports; "unknown" while the side that runs it does not respond.',
    }),
    optimizationLevel: t.field({
      type: OptimizationLevel,
      description: "`extended` on every backend: higher levels change bits.",
      resolve: ({ optimizationLevel }) => optimizationLevel as Level,
    }),
    device: t.exposeString("device", {
      nullable: true,
      description: "CPU model, GPU name or WebGPU adapter; null if unknown. A software adapter is named as one.",
    }),
    hardwareGpu: t.exposeBoolean("hardwareGpu", {
      description: "True only if the device is a hardware GPU; false for a software adapter.",
    }),
  }),
});
