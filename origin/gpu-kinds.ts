import { BACKENDS, GPU_BACKEND_IDS, type GpuBackendId } from "#core/backends.ts";
import { cudaKind } from "./cuda-kind.ts";
import type { Environment } from "./environment.ts";
import type { GpuKind } from "./gpu-backend.ts";
import type { GpuProvider } from "./session.ts";
import { webgpuKind } from "./webgpu-kind.ts";

const KINDS: Readonly<Record<GpuProvider, (id: GpuBackendId, environment: Environment) => GpuKind>> = Object.freeze({
  cuda: cudaKind,
  webgpu: webgpuKind,
});

/** What is particular to each GPU backend of the origin, in the order of BACKENDS. */
export function gpuKinds(environment: Environment): readonly GpuKind[] {
  return GPU_BACKEND_IDS.map((id) => KINDS[BACKENDS[id].provider](id, environment));
}
