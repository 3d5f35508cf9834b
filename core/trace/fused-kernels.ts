import type { GraphNode, OnnxModel } from "../onnx/graph.ts";
import { producersOf, type Producers } from "../onnx/lookup.ts";
import { valuesRead } from "../onnx/values-read.ts";

/** Optimisers insert these between nodes, for another layout, type or device. */
const INSERTED: ReadonlySet<string> = new Set(
  "Cast Identity MemcpyFromHost MemcpyToHost ReorderInput ReorderOutput Transpose".split(" "),
);

/**
 * The kernels of a served model that compute several of the file's nodes at once: those whose operator is not the one that
 * produces their output in the file. Only known if the runtime lists its nodes as `fusedNodesOf` does.
 */
export class FusedKernels {
  /** The kernel that computes a value, by the value's name. */
  readonly #kernels: ReadonlyMap<string, Kernel>;
  readonly #producers: Producers;
  readonly #readers: ReadonlyMap<string, readonly GraphNode[]>;

  /** @param served the nodes that remain after optimisation, as `PartEvaluator.fusedNodes` returns them; null if unknown */
  constructor({ graph }: OnnxModel, served: readonly string[] | null) {
    this.#producers = producersOf(graph);
    this.#kernels = new Map((served ?? []).flatMap(kernelsIn));
    const reads = graph.nodes.flatMap((node) => valuesRead(node).map((name) => [name, node] as const));
    const byName = Map.groupBy(reads, ([name]) => name);
    this.#readers = new Map([...byName].map(([name, each]) => [name, each.map(([, node]) => node)]));
  }

  /** E.g. "com.microsoft.QLinearAdd -> sum", in the order of the runtime's list. */
  all(): readonly string[] {
    const fused = [...this.#kernels].filter(([value, kernel]) => this.#isFused(value, kernel));
    return [...new Set(fused.map(([, { label }]) => label))];
  }

  /** The fused kernel that computes this node along with others; null if it runs as it is in the file, or is unknown. */
  of(node: GraphNode): string | null {
    const seen = new Set<GraphNode>([node]);
    for (const each of seen) {
      for (const output of each.outputs) {
        const kernel = this.#kernels.get(output);
        if (kernel !== undefined) return this.#isFused(output, kernel) ? kernel.label : null;
        for (const reader of this.#readers.get(output) ?? []) seen.add(reader);
      }
    }
    return null;
  }

  #isFused(value: string, { operator }: Kernel): boolean {
    let producer = this.#producers.get(value);
    // An Identity is removed, and the node before it takes its output's name.
    while (producer?.op === "Identity") producer = this.#producers.get(producer.inputs[0]!);
    return producer !== undefined && producer.op !== operator && !INSERTED.has(operator);
  }
}

interface Kernel {
  /** Without its domain: layouts have domains of their own. */
  readonly operator: string;
  readonly label: string;
}

function kernelsIn(label: string): readonly (readonly [string, Kernel])[] {
  const [name = "", outputs] = label.split(" -> ");
  const operator = name.slice(name.lastIndexOf(".") + 1);
  return outputs === undefined ? [] : outputs.split(", ").map((output) => [output, { operator, label }] as const);
}
