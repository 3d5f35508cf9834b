import type { BackendId } from "#core/backends.ts";
import { type Backend, unavailable } from "#core/backends/backend.ts";
import { IsobitError } from "#core/errors.ts";
import type { FurtherBackends } from "./origin.ts";
import { RUNTIME_VERSION } from "./session.ts";

/** Backends that this origin does not hold, each saying why. */
export function absentBackends(ids: readonly BackendId[], reason: string): FurtherBackends {
  return { backends: ids.map((id) => absentBackend(id, reason)), close: async () => {} };
}

function absentBackend(id: BackendId, reason: string): Backend {
  const refuse = async (): Promise<never> => {
    throw new IsobitError("BACKEND_UNAVAILABLE", `${id} is not available: ${reason}`);
  };
  return {
    id,
    status: async () => unavailable(id, reason, RUNTIME_VERSION),
    infer: refuse,
    evaluate: refuse,
    fusedNodes: refuse,
  };
}
