import type { BackendId } from "#core/backends/backend.ts";
import type { Surroundings } from "#core/host.ts";
import { cpuBackend, gpuRole } from "./roles.ts";

/** The body of `/` for whoever is no browser. */
export async function greeting(surroundings: Surroundings, named?: BackendId) {
  return { message: "MNIST service ready", ...(await gpuFields(surroundings, named)) };
}

/** The body of /health; `ok` while what plays `cpu` can answer. */
export async function health(surroundings: Surroundings, named?: BackendId) {
  const cpu = surroundings.backends.get(cpuBackend(surroundings.side, named));
  const [status, gpu] = await Promise.all([cpu?.status(), gpuFields(surroundings, named)]);
  return { ok: status?.available === true, ...gpu };
}

/** gpu_available stays the truth about hardware; who stands for `gpu` is said beside it. */
async function gpuFields(surroundings: Surroundings, named: BackendId | undefined) {
  const { available } = await gpuRole(surroundings, named);
  return { gpu_available: available, ...(named === undefined ? {} : { gpu_backend: named }) };
}

/** The body of /images/list: file names, sorted as text. */
export function imageList({ images }: Surroundings) {
  return { images: images.map(({ file }) => file).toSorted() };
}
