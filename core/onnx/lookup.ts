import { tensorAttribute } from "./node-attributes.ts";
import type { Graph, GraphNode, Tensor } from "./graph.ts";
import { quoted, rejectModel } from "./rejected.ts";

export type Producers = ReadonlyMap<string, GraphNode>;

/**
 * Which node produces which value.
 * @throws ModelRejected if two nodes produce the same value
 */
export function producersOf(graph: Graph): Producers {
  const producers = new Map<string, GraphNode>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === "") continue;
      if (producers.has(output))
        rejectModel(`Two nodes produce the value ${quoted(output)}. The graph is damaged; export the model again.`);
      producers.set(output, node);
    }
  }
  return producers;
}

/** The weight with this name: an initializer, or the value of a Constant node. */
export function constantOf(name: string | undefined, graph: Graph, producers: Producers): Tensor | undefined {
  if (!name) return undefined;
  const node = producers.get(name);
  if (node?.op === "Constant" && node.domain === "") return tensorAttribute(node, "value");
  return graph.initializers.get(name);
}

/** Every value that is read: by nodes, as the graph's outputs, and in the bodies of branches and loops. */
export function namesRead(graph: Graph): Set<string> {
  const names = new Set(graph.outputs.map(({ name }) => name));
  for (const node of graph.nodes) {
    for (const input of node.inputs) names.add(input);
    for (const body of bodiesOf(node)) for (const name of namesRead(body)) names.add(name);
  }
  return names;
}

export function bodiesOf(node: GraphNode): readonly Graph[] {
  return [...node.attributes.values()].flatMap((attribute) =>
    attribute.kind === "graph" ? [attribute.value] : attribute.kind === "graphs" ? attribute.value : [],
  );
}
