import type { Backend } from "#core/backends/backend.ts";
import type { Call } from "#core/call.ts";
import type { Host } from "#core/host.ts";
import { ROWS_BETWEEN_PAUSES } from "#core/limits.ts";

/** The host as one request sees it: its work is the call's, and ends with it. */
export function hostFor(host: Host, call: Call): Host {
  return {
    ...host,
    backends: new Map(Array.from(host.backends, ([id, backend]) => [id, backendFor(backend, call)] as const)),
    async pause(rows) {
      if (rows >= ROWS_BETWEEN_PAUSES) await host.pause(rows);
      call.throwIfEnded();
    },
  };
}

function backendFor(backend: Backend, call: Call): Backend {
  return {
    id: backend.id,
    status() {
      const status = backend.status();
      // Requests share what the other side is asked.
      call.keep(status);
      return status;
    },
    infer: (model, tensors) => backend.infer(model, tensors, call),
    evaluate: (model, part, feeds) => backend.evaluate(model, part, feeds, call),
    fusedNodes: (model, part) => backend.fusedNodes(model, part, call),
  };
}
