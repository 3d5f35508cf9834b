import { IsobitError } from "../errors.ts";
import type { Graph, GraphNode, OnnxModel, Tensor, ValueInfo } from "../onnx/graph.ts";
import { bodiesOf, producersOf, type Producers } from "../onnx/lookup.ts";
import { quoted } from "../onnx/rejected.ts";
import { valuesRead } from "../onnx/values-read.ts";
import { writeModel } from "../onnx/write.ts";
import type { NamedTensors, TensorValue } from "../tensors/tensor-value.ts";

export function isConstantNode(node: GraphNode | undefined): boolean {
  return node?.op === "Constant" && node.domain === "";
}

/**
 * A model of one node, fed with `feeds`. Everything else that the node reads is included as it is in the whole model,
 * so that the optimiser sees the same: weights as weights (also listed among the inputs where the file does so), and
 * nodes that compute a value from constants alone as nodes, which are folded as in the whole model.
 * @throws IsobitError BAD_INPUT where the node reads a value that is neither fed nor constant
 */
export function cutNode(model: OnnxModel, index: number, feeds: NamedTensors): Uint8Array {
  const { graph } = model;
  const node = graph.nodes[index];
  if (!node) {
    const last = graph.nodes.length - 1;
    throw new IsobitError("BAD_INPUT", `The model has no node ${index}; its nodes are 0 to ${last}.`);
  }
  const needed = new Needed(graph, feeds);
  needed.addNode(node);
  for (const each of needed.nodes) refuseOwnFunction(each, model);
  return writeModel({
    ...model,
    functions: [],
    graph: {
      name: graph.name,
      nodes: graph.nodes.filter((each) => needed.nodes.has(each)),
      inputs: [...needed.fed].map(([name, { type, dims }]) => typedInfo(name, type, dims)),
      weightInputs: graph.weightInputs.filter(({ name }) => needed.weights.has(name)),
      outputs: node.outputs.filter((name) => name !== "").map(untyped),
      initializers: needed.weights,
      valueInfo: [],
    },
  });
}

class Needed {
  readonly nodes = new Set<GraphNode>();
  readonly weights = new Map<string, Tensor>();
  readonly fed = new Map<string, TensorValue>();
  readonly #graph: Graph;
  readonly #feeds: NamedTensors;
  readonly #producers: Producers;

  constructor(graph: Graph, feeds: NamedTensors) {
    this.#graph = graph;
    this.#feeds = feeds;
    this.#producers = producersOf(graph);
  }

  addNode(node: GraphNode): void {
    if (this.nodes.has(node)) return;
    this.nodes.add(node);
    for (const name of valuesRead(node)) this.#addValue(name, node);
  }

  #addValue(name: string, reader: GraphNode): void {
    const weight = this.#graph.initializers.get(name);
    const fed = this.#feeds.get(name);
    const producer = this.#producers.get(name);
    if (weight) this.weights.set(name, weight);
    else if (fed) this.fed.set(name, fed);
    else if (producer) this.addNode(producer);
    else {
      const message = `The node ${quoted(reader.name || reader.op)} reads ${quoted(name)}, which was not given a value.`;
      throw new IsobitError("BAD_INPUT", message);
    }
  }
}

/** isobit does not read the bodies of functions that a file defines, so it cannot write them. */
function refuseOwnFunction(node: GraphNode, { functions }: OnnxModel): void {
  const called = nodesWithin(node).find(({ domain, op }) =>
    functions.some((each) => each.domain === domain && each.name === op),
  );
  if (!called) return;
  throw new IsobitError(
    "BAD_INPUT",
    `The node calls ${quoted(called.op)}, a function defined in the file, so it cannot run alone. Inline the model's functions (onnx.inliner.inline_local_functions) to trace them.`,
  );
}

function nodesWithin(node: GraphNode): readonly GraphNode[] {
  return [node, ...bodiesOf(node).flatMap((body) => body.nodes.flatMap(nodesWithin))];
}

function typedInfo(name: string, elementType: string, dims: readonly number[]): ValueInfo {
  return { name, elementType, shape: dims, dimNames: dims.map(() => null) };
}

function untyped(name: string): ValueInfo {
  return { name, elementType: null, shape: null, dimNames: [] };
}
