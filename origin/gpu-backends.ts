import type { BackendId } from "#core/backends.ts";
import type { ServedModel } from "#core/model/catalogue.ts";
import type { Environment } from "./environment.ts";
import { GpuBackend } from "./gpu-backend.ts";
import { gpuKinds } from "./gpu-kinds.ts";
import type { FurtherBackends } from "./origin.ts";

/** Starts trying every GPU backend; each one's status has the result. */
export function openGpuBackends(
  environment: Environment,
  models: readonly ServedModel[],
  onRestart: (backend: BackendId) => void,
): FurtherBackends {
  const backends = gpuKinds(environment).map((kind) => new GpuBackend(kind, models, () => onRestart(kind.id)));
  return {
    backends,
    close: async () => {
      await Promise.all(backends.map((backend) => backend.close()));
    },
  };
}
