import type { GraphNode, OnnxModel, Graph } from "./graph.ts";
import { bodiesOf } from "./lookup.ts";
import { quoted, rejectModel } from "./rejected.ts";

/** Domains whose operators are part of ONNX Runtime. */
const RUNTIME_DOMAINS = /^$|^ai\.onnx\.|^com\.microsoft(\.|$)/;

/**
 * Refuses operators that need an extension of the runtime. Unknown operators of the runtime's own domains fail when a
 * session is created: a list of them would become outdated here.
 * @throws ModelRejected
 */
export function refuseForeignOperators({ graph, functions }: OnnxModel): void {
  const own = new Set(functions.map(({ domain }) => domain));
  const foreign = nodesOf(graph).find(({ domain }) => !RUNTIME_DOMAINS.test(domain) && !own.has(domain));
  if (!foreign) return;
  rejectModel(
    `It uses the operator ${quoted(foreign.op)} of the domain ${quoted(foreign.domain)}, which is not part of ONNX Runtime. ` +
      "Export the model with ONNX's standard operators.",
  );
}

function nodesOf(graph: Graph): readonly GraphNode[] {
  return graph.nodes.flatMap((node) => [node, ...bodiesOf(node).flatMap(nodesOf)]);
}
