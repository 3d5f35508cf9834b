import type { Graph, GraphNode } from "../onnx/graph.ts";
import { indexNodes } from "../onnx/index-values.ts";

/** A node that ran, and where, as the runtime's profile says. */
export interface PlacedKernel {
  /** The node's name after optimisation. */
  readonly name: string;
  readonly op: string;
  /** ONNX Runtime's C++ name of the provider, e.g. WebGpuExecutionProvider. */
  readonly provider: string;
}

/** Where a session's nodes ran. */
export interface Placement {
  /** Nodes that ran, after optimisation, without copies between devices. */
  readonly nodes: number;
  readonly onCpu: readonly Pick<PlacedKernel, "name" | "op">[];
}

/** Operators that may run on the CPU in a GPU's session, besides what computes shapes and indices. */
export type AllowedOnCpu = readonly string[] | "all";

/** @param kernels may hold a node several times: once per run */
export function placementOf(kernels: readonly PlacedKernel[]): Placement {
  const nodes = new Map(
    kernels.filter(({ op }) => !op.startsWith("Memcpy")).map((kernel) => [`${kernel.op} ${kernel.name}`, kernel]),
  );
  const onCpu = [...nodes.values()].filter(({ provider }) => provider === "CPUExecutionProvider");
  return { nodes: nodes.size, onCpu: onCpu.map(({ name, op }) => ({ name, op })) };
}

/** The graph's nodes that ran on the CPU. A node that optimisation renamed, fused or added is none of them. */
export function nodesOnCpu({ nodes }: Graph, { onCpu }: Placement): ReadonlySet<GraphNode> {
  const named = new Map(nodes.map((node) => [node.name, node]));
  return new Set(
    onCpu.flatMap(({ name, op }) => {
      const node = named.get(originalName(name));
      return node?.op === op ? [node] : [];
    }),
  );
}

/** Nodes on the CPU that compute more than shapes and indices, and that were not allowed. */
export function notAllowedOnCpu(graph: Graph, placement: Placement, allowed: AllowedOnCpu): Placement["onCpu"] {
  if (allowed === "all") return [];
  const indices = new Set([...indexNodes(graph)].map(({ name }) => name));
  return placement.onCpu.filter(({ name, op }) => !allowed.includes(op) && !indices.has(originalName(name)));
}

/** ONNX Runtime adds "_token_7" to the name of a node whose layout it changes. */
function originalName(name: string): string {
  return name.replace(/_token_\d+$/, "");
}

/** "61 of 64 nodes; on the CPU: Shape (2), Gather" */
export function placementText({ nodes, onCpu }: Placement): string {
  const ops = [...Map.groupBy(onCpu, ({ op }) => op)].map(([op, same]) =>
    same.length > 1 ? `${op} (${same.length})` : op,
  );
  return `${nodes - onCpu.length} of ${nodes} nodes${ops.length > 0 ? `; on the CPU: ${ops.join(", ")}` : ""}`;
}
