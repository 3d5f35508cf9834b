import type { Attribute, Graph, GraphNode, Tensor } from "../onnx/graph.ts";
import { producersOf, type Producers } from "../onnx/lookup.ts";
import { type AttributeMessage, encodeModel } from "../onnx/protobuf.ts";
import { type Constant, constantValue, sameConstant, valueOfTensor } from "./constants.ts";
import { isConstantNode } from "./cut-node.ts";

/**
 * Whether two nodes have bit-identical attributes. Bodies are the same if they compute the same, even under other value
 * names. An attribute that only one node states differs, even where it states the default.
 */
export function sameAttributes(left: GraphNode, right: GraphNode): boolean {
  return sameWithin(left, right, null);
}

/** Two bodies to compare, within the bodies around them. */
interface Bodies {
  readonly left: Body;
  readonly right: Body;
  readonly around: Bodies | null;
}

interface Body {
  readonly graph: Graph;
  readonly producers: Producers;
  /** Without Constant nodes, whose values belong to the nodes that read them. */
  readonly nodes: readonly GraphNode[];
  /** Where each value comes from, so that names do not matter. */
  readonly origins: ReadonlyMap<string, string>;
}

function sameWithin(left: GraphNode, right: GraphNode, bodies: Bodies | null): boolean {
  return (
    left.attributes.size === right.attributes.size &&
    [...left.attributes].every(([name, attribute]) => {
      const partner = right.attributes.get(name);
      return partner !== undefined && sameAttribute(attribute, partner, bodies);
    })
  );
}

function sameAttribute(left: Attribute, right: Attribute, bodies: Bodies | null): boolean {
  const sameGraph = (one: Graph, another: Graph): boolean => sameBody(one, another, bodies);
  switch (left.kind) {
    case "float":
    case "int":
      return right.kind === left.kind && Object.is(left.value, right.value);
    case "string":
    case "floats":
    case "ints":
      return right.kind === left.kind && sameItems<unknown>(left.value, right.value, Object.is);
    case "strings":
      return right.kind === left.kind && sameItems(left.value, right.value, (a, b) => sameItems(a, b, Object.is));
    case "tensor":
      return right.kind === left.kind && sameWeight(left.value, right.value);
    case "tensors":
      return right.kind === left.kind && sameItems(left.value, right.value, sameWeight);
    case "graph":
      return right.kind === left.kind && sameGraph(left.value, right.value);
    case "graphs":
      return right.kind === left.kind && sameItems(left.value, right.value, sameGraph);
    case "opaque":
      return right.kind === left.kind && sameItems(written(left.value), written(right.value), Object.is);
  }
}

function sameItems<T>(left: ArrayLike<T>, right: ArrayLike<T>, same: (left: T, right: T) => boolean): boolean {
  return left.length === right.length && Array.from(left).every((item, place) => same(item, right[place]!));
}

function sameWeight(left: Tensor, right: Tensor): boolean {
  return sameConstant(valueOfTensor(left), valueOfTensor(right));
}

function written(attribute: AttributeMessage): Uint8Array {
  return encodeModel({ graph: { node: [{ attribute: [attribute] }] } });
}

function sameBody(one: Graph, another: Graph, around: Bodies | null): boolean {
  const bodies = { left: bodyOf(one), right: bodyOf(another), around };
  const names = (graph: Graph): readonly string[] => graph.outputs.map(({ name }) => name);
  return (
    one.inputs.length === another.inputs.length &&
    sameItems(bodies.left.nodes, bodies.right.nodes, (left, right) => sameNode(left, right, bodies)) &&
    sameItems(names(one), names(another), (left, right) => sameValue(left, right, bodies))
  );
}

function bodyOf(graph: Graph): Body {
  const nodes = graph.nodes.filter((node) => !isConstantNode(node));
  const origins = new Map<string, string>([
    ["", "nothing"],
    ...graph.inputs.map(({ name }, place) => [name, `input ${place}`] as const),
    ...nodes.flatMap(({ outputs }, index) =>
      outputs.flatMap((name, place) => (name === "" ? [] : [[name, `output ${place} of node ${index}`] as const])),
    ),
  ]);
  return { graph, producers: producersOf(graph), nodes, origins };
}

function sameNode(left: GraphNode, right: GraphNode, bodies: Bodies): boolean {
  return (
    left.op === right.op &&
    left.domain === right.domain &&
    sameItems(left.inputs, right.inputs, (one, another) => sameValue(one, another, bodies)) &&
    sameItems(left.outputs, right.outputs, (one, another) => (one === "") === (another === "")) &&
    sameWithin(left, right, bodies)
  );
}

/** Values that both bodies capture from the model's graph are inputs of the nodes that hold the bodies. */
function sameValue(left: string, right: string, bodies: Bodies): boolean {
  const [one, another] = [originOf(left, bodies.left), originOf(right, bodies.right)];
  if (one.captured && another.captured) return bodies.around === null || sameValue(left, right, bodies.around);
  return one.computed === another.computed && one.captured === another.captured && sameConstant(one.held, another.held);
}

interface Origin {
  readonly computed: string | undefined;
  readonly held: Constant;
  /** The value comes from outside the body. */
  readonly captured: boolean;
}

function originOf(name: string, { graph, producers, origins }: Body): Origin {
  const held = constantValue(name, graph, producers);
  const computed = held === undefined ? origins.get(name) : undefined;
  return { computed, held, captured: held === undefined && computed === undefined };
}
