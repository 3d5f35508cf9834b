import type { Backend } from "#core/backends/backend.ts";
import type { ServedModel } from "#core/model/catalogue.ts";
import { openCpuBackend } from "#origin/cpu-backend.ts";
import { CpuHost } from "#origin/cpu-host.ts";
import { startHostProcess } from "#origin/start-host.ts";

/** The origin's CPU backend with models of a test, and how to end its process. */
export async function startCpuBackend(models: readonly ServedModel[]): Promise<Backend & { close(): Promise<void> }> {
  const host = new CpuHost(() => startHostProcess("cpu"));
  const backend = await openCpuBackend(models, host, ({ info }) => info.id);
  return { ...backend, close: () => host.close() };
}
