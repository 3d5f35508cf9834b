import type { ServedModel } from "#core/model/catalogue.ts";
import { cudaKind } from "./cuda-kind.ts";
import type { Environment } from "./environment.ts";
import { GpuBackend } from "./gpu-backend.ts";
import type { FurtherBackends } from "./origin.ts";
import { webgpuKind } from "./webgpu-kind.ts";

/** Starts trying every GPU backend; each says in its status what came of it. */
export function openGpuBackends(environment: Environment, models: readonly ServedModel[]): FurtherBackends {
  const kinds = [cudaKind("CUDA", environment), cudaKind("CUDA_TF32", environment), webgpuKind(environment)];
  const backends = kinds.map((kind) => new GpuBackend(kind, models));
  return {
    backends,
    close: async () => {
      await Promise.all(backends.map((backend) => backend.close()));
    },
  };
}
