import { tensorAttribute } from "./node-attributes.ts";
import type { Graph, GraphNode, Tensor } from "./graph.ts";
import { ModelRejected, quoted } from "./rejected.ts";

export type Producers = ReadonlyMap<string, GraphNode>;

/**
 * Which node writes which value.
 * @throws ModelRejected where two write the same, which makes the graph ambiguous
 */
export function producersOf(graph: Graph): Producers {
  const producers = new Map<string, GraphNode>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === "") continue;
      if (producers.has(output)) {
        throw new ModelRejected(
          `Two nodes write the value ${quoted(output)}. The graph is damaged; export the model again.`,
        );
      }
      producers.set(output, node);
    }
  }
  return producers;
}

/** The weight that a name stands for, whether an initializer or a Constant node's. */
export function constantOf(name: string | undefined, graph: Graph, producers: Producers): Tensor | undefined {
  if (!name) return undefined;
  const node = producers.get(name);
  if (node?.op === "Constant" && node.domain === "") return tensorAttribute(node, "value");
  return graph.initializers.get(name);
}

/** Every value that something reads: nodes, the graph's outputs and the bodies of branches and loops. */
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
