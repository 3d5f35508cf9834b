import type { GraphNode, OnnxModel, Graph } from "./graph.ts";
import { bodiesOf } from "./lookup.ts";
import { ModelRejected, quoted } from "./rejected.ts";

/** Domains whose operators ONNX Runtime brings with it. */
const RUNTIME_DOMAINS = /^$|^ai\.onnx\.|^com\.microsoft(\.|$)/;

/**
 * Refuses operators that need an extension of the runtime. An operator unknown to a domain that the runtime does have
 * is found when a session is created: the list of them is the runtime's, and would go stale here.
 * @throws ModelRejected
 */
export function refuseForeignOperators({ graph, functions }: OnnxModel): void {
  const own = new Set(functions.map(({ domain }) => domain));
  const foreign = nodesOf(graph).find(({ domain }) => !RUNTIME_DOMAINS.test(domain) && !own.has(domain));
  if (!foreign) return;
  throw new ModelRejected(
    `It uses the operator ${quoted(foreign.op)} of the domain ${quoted(foreign.domain)}, which ONNX Runtime does not bring with it. ` +
      "Export the model with ONNX's own operators.",
  );
}

function nodesOf(graph: Graph): readonly GraphNode[] {
  return graph.nodes.flatMap((node) => [node, ...bodiesOf(node).flatMap(nodesOf)]);
}
