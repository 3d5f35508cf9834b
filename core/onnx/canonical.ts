import type { Graph, GraphNode, OnnxModel, ValueInfo } from "./graph.ts";
import { quoted, rejectModel } from "./rejected.ts";

/** From this IR version on, a weight that is not also an input is a constant, which no caller replaces. */
const CONSTANT_WEIGHTS_IR_VERSION = 4;

export interface Canonical {
  readonly model: OnnxModel;
  /** What was left out of the model, in sentences. */
  readonly adaptations: readonly string[];
}

/**
 * The form of a model that a certificate covers: only what its outputs depend on. Everything that a runtime may use instead
 * of the graph is removed: shapes of inner values (a stale one is folded into the graph from level `basic` on), weights
 * that a caller may replace, nodes and weights that no output needs, and unused operator sets. The canonical form of a
 * canonical form is itself. Shapes of outputs stay until the true ones are known (`withTrueOutputs`).
 * @throws ModelRejected for a model that defines its own functions, whose bodies isobit does not read
 */
export function canonical(model: OnnxModel): Canonical {
  const [own] = model.functions;
  if (own !== undefined)
    rejectModel(
      `It defines its own function ${quoted(own.name)}, and isobit does not read functions. Inline them (onnx.inliner.inline_local_functions) and export it again.`,
    );
  const { graph } = model;
  const nodes = neededNodes(graph);
  const read = new Set([...nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)]);
  const initializers = new Map([...graph.initializers].filter(([name]) => read.has(name)));
  const domains = new Set(["", ...nodes.map(({ domain }) => domain)]);
  const slim: Graph = {
    ...graph,
    nodes,
    initializers,
    weightInputs: [],
    valueInfo: [],
    inputs: graph.inputs.map(withOwnSizes),
  };
  return {
    model: {
      ...model,
      irVersion: Math.max(model.irVersion, CONSTANT_WEIGHTS_IR_VERSION),
      opsets: new Map([...model.opsets].filter(([domain]) => domains.has(domain))),
      graph: slim,
    },
    adaptations: differences(graph, slim),
  };
}

/**
 * Removes shapes of outputs that are not known to be true, since an optimiser relies on them too.
 * @param truth sizes of an output, or the names of dynamic ones; null if its rank is unknown
 */
export function withTrueOutputs(
  { model, adaptations }: Canonical,
  truth: (output: string) => readonly (number | string)[] | null,
): Canonical {
  const outputs = model.graph.outputs.map((output) => {
    const sizes = truth(output.name);
    const fits =
      output.shape === null ||
      (sizes?.length === output.shape.length &&
        output.shape.every((size, axis) => (size < 0 ? (output.dimNames[axis] ?? sizes[axis]) : size) === sizes[axis]));
    return fits ? output : { ...output, shape: null, dimNames: [] };
  });
  const dropped = outputs.some((output, at) => output !== model.graph.outputs[at]);
  return {
    model: dropped ? { ...model, graph: { ...model.graph, outputs } } : model,
    adaptations: dropped
      ? [...adaptations, "The shape given for an output was left out, since the graph may make another one."]
      : adaptations,
  };
}

/** The nodes that the outputs depend on, in the graph's order. */
export function neededNodes(graph: Graph): readonly GraphNode[] {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const kept: GraphNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => name !== "" && needed.has(name))) continue;
    kept.push(node);
    for (const name of node.inputs) needed.add(name);
  }
  return kept.toReversed();
}

/** Runtimes do not enforce that axes of the same name have the same size, but their optimisers rely on it. */
function withOwnSizes(input: ValueInfo): ValueInfo {
  const { dimNames } = input;
  return dimNames.every((name, axis) => name === null || dimNames.indexOf(name) === axis)
    ? input
    : { ...input, dimNames: dimNames.map((name, axis) => (dimNames.indexOf(name) === axis ? name : null)) };
}

function differences(before: Graph, after: Graph): readonly string[] {
  const dropped = before.nodes.length - after.nodes.length;
  return [
    before.weightInputs.length > 0 && "Weights that are listed as inputs too became constants.",
    dropped > 0 &&
      `${dropped === 1 ? "One node" : `${dropped} nodes`} that no output depends on ${dropped === 1 ? "was" : "were"} left out.`,
    before.inputs.some((input, at) => input !== after.inputs[at]) &&
      "Axes of the input that share a name became unknown sizes of their own.",
    before.valueInfo.length > 0 &&
      "Shapes noted for values inside the graph were left out, so that runtimes infer them.",
  ].filter((sentence) => sentence !== false);
}
