import { BACKEND_IDS, type BackendId, BACKENDS, GPU_BACKEND_IDS, type Side } from "#core/backends.ts";
import type { Backend } from "#core/backends/backend.ts";

/* Which backends are used as Paragon's `cpu` and `gpu`. */

/** Of those, the first that runs on hardware is `gpu`. */
export const GPU_CANDIDATES = GPU_BACKEND_IDS.filter((id) => !BACKENDS[id].tf32);

/**
 * `cpu`: what the side itself holds, WASM at the edge and native CPU on the origin. Where that very backend was named to
 * stand for `gpu`, the other side's takes its place, so that nothing is ever compared with itself.
 */
export function cpuBackend(side: Side, named: BackendId | undefined): BackendId {
  const [own, others] = side === "EDGE" ? (["WASM", "CPU"] as const) : (["CPU", "WASM"] as const);
  return named === own ? others : own;
}

export interface GpuRole {
  /** True if a hardware GPU is available. A software adapter or a stand-in does not count. */
  readonly available: boolean;
  /** The backend used as `gpu`: the named one, otherwise the first on hardware; null: none. */
  readonly backend: BackendId | null;
}

export async function gpuRole(
  { backends }: { readonly backends: ReadonlyMap<BackendId, Pick<Backend, "status">> },
  named: BackendId | undefined,
): Promise<GpuRole> {
  const statuses = await Promise.all(GPU_CANDIDATES.map((id) => backends.get(id)?.status()));
  const found = statuses.find((status) => status?.available && status.hardwareGpu)?.backend ?? null;
  return { available: found !== null, backend: named ?? found };
}

export function backendNamed(text: string): BackendId | undefined {
  return BACKEND_IDS.find((id) => id === text);
}
