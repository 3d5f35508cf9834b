import type { BackendId } from "#core/backends.ts";
import type { Host } from "#core/host.ts";
import { cpuBackend, gpuRole } from "./roles.ts";

/** The body of `/` for clients other than browsers. */
export async function greeting(host: Host, named?: BackendId) {
  return { message: "MNIST service ready", ...(await gpuFields(host, named)) };
}

/** The body of /health; `ok` while what plays `cpu` can answer. */
export async function health(host: Host, named?: BackendId) {
  const cpu = host.backends.get(cpuBackend(host.side, named));
  const [status, gpu] = await Promise.all([cpu?.status(), gpuFields(host, named)]);
  return { ok: status?.available === true, ...gpu };
}

/** gpu_available is about hardware only; gpu_backend names the stand-in. */
async function gpuFields(host: Host, named: BackendId | undefined) {
  const { available } = await gpuRole(host, named);
  return { gpu_available: available, ...(named === undefined ? {} : { gpu_backend: named }) };
}

/** The body of /images/list: file names, sorted as text. */
export function imageList({ images }: Host) {
  return { images: images.map(({ file }) => file).toSorted() };
}
