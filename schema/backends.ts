import { BACKEND_IDS, type BackendId, type BackendStatus, type Side } from "#core/backends/backend.ts";
import { builder } from "./builder.ts";

const BACKEND_DESCRIPTIONS: Readonly<Record<BackendId, string>> = {
  WASM: "onnxruntime-web, SIMD WebAssembly, one thread, in the Cloudflare Worker (edge).",
  CPU: "onnxruntime-node, CPU provider, on the origin.",
  CUDA: "onnxruntime-node, CUDA provider with TF32 off, on the origin's GPU.",
  CUDA_TF32: "onnxruntime-node, CUDA provider with TF32 on (NVIDIA's default), on the origin's GPU.",
  WEBGPU: "onnxruntime-node, WebGPU provider (Dawn), on the origin.",
};

export const Backend = builder.enumType("Backend", {
  description: "One ONNX Runtime execution provider on one side of the split.",
  values: Object.fromEntries(
    BACKEND_IDS.map((id) => [id, { value: id, description: BACKEND_DESCRIPTIONS[id] }]),
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
