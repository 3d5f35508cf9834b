import type { Graph, GraphNode, OnnxModel } from "#core/onnx/graph.ts";
import { valueOf } from "./constants.ts";
import { namedSize } from "./dims.ts";
import { domainRange, type InputDomain } from "./domain.ts";
import { FIRST_OPSET, LAST_OPSET } from "./limits.ts";
import { refuse } from "./refusal.ts";
import { floatValue, type FloatValue, type Value } from "./value.ts";

/** What is known about each tensor, by name. Weights are read when a node first uses them. */
export class GraphValues {
  readonly #graph: Graph;
  readonly #known = new Map<string, Value>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  set(name: string, value: Value): void {
    this.#known.set(name, value);
  }

  /** @returns undefined if the node that produces it was not certified; @throws Refusal for unusable weights */
  get(name: string): Value | undefined {
    const known = this.#known.get(name);
    const tensor = this.#graph.initializers.get(name);
    if (known !== undefined || tensor === undefined) return known;
    const value = valueOf(tensor);
    this.#known.set(name, value);
    return value;
  }
}

/** The version of ONNX's standard operators. @throws Refusal for one that the rules do not cover */
export function opsetOf(model: OnnxModel): number {
  const opset = model.opsets.get("") ?? refuse("The model does not use ONNX's standard operators.");
  if (opset >= FIRST_OPSET && opset <= LAST_OPSET) return opset;
  return refuse(`The model uses opset ${opset}; the rules cover ${FIRST_OPSET} to ${LAST_OPSET}. Use one of those.`);
}

/** The single input, as any tensor of the domain. @throws Refusal for several inputs or another type */
export function inputOf(graph: Graph, domain: InputDomain): { name: string; value: FloatValue } {
  const [input, second] = graph.inputs;
  if (input === undefined || second !== undefined)
    refuse(`The model has ${graph.inputs.length} inputs; the proof covers one.`);
  if (input.elementType !== "float32")
    refuse(`The model's input holds ${input.elementType ?? "an unknown type"}; the proof covers only float32.`);
  // Runtimes do not enforce that axes of the same name have the same size, so a name counts only for its first axis.
  const dims = domain.shape.map((size, axis) => {
    if (size >= 0) return size;
    const name = input.dimNames[axis];
    return namedSize(input.dimNames.indexOf(name ?? null) === axis ? name : null, input.name, axis);
  });
  return { name: input.name, value: floatValue({ dims, ranges: [domainRange(domain)] }) };
}

export function nameOf(node: GraphNode): string {
  return node.name || node.outputs.find((name) => name !== "") || node.op;
}
