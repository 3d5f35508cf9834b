import { nameOf } from "../certify/graph-values.ts";
import { IsobitError } from "../errors.ts";
import type { Graph, GraphNode, OnnxModel } from "../onnx/graph.ts";
import { producersOf, type Producers } from "../onnx/lookup.ts";
import type { NamedTensors } from "../tensors/tensor-value.ts";
import { sameAttributes } from "./attributes.ts";
import { type Constant, constantValue, sameConstant } from "./constants.ts";
import { isConstantNode, valuesRead } from "./cut-node.ts";

/** A node and its place in one model. */
export interface PlacedNode {
  readonly index: number;
  readonly node: GraphNode;
  readonly model: OnnxModel;
  readonly producers: Producers;
  /** Values that are computed from constants alone, which the optimiser folds. */
  readonly folded: ReadonlySet<string>;
}

/** The same node in both models. */
export interface NodePair {
  readonly name: string;
  readonly reference: PlacedNode;
  readonly other: PlacedNode;
  /** Their outputs in order, under each model's own names. */
  readonly values: readonly ValuePair[];
}

/** One value of the graph under each model's own name. */
export interface ValuePair {
  readonly reference: string;
  readonly other: string;
}

export interface Matched {
  readonly pairs: readonly NodePair[];
  readonly unmatched: { readonly reference: readonly string[]; readonly other: readonly string[] };
}

/**
 * Pairs the nodes of two models by name, or by the name of their first output. Constant nodes are left out: their
 * values belong to the nodes that read them.
 */
export function matchNodes(reference: OnnxModel, other: OnnxModel): Matched {
  const left = placedNodes(reference);
  const right = reference === other ? left : placedNodes(other);
  const byName = new Map(right.map((placed) => [placed.node.name, placed]));
  const byOutput = new Map(right.map((placed) => [firstOutput(placed.node), placed]));
  const taken = new Set<PlacedNode>();
  const pairs: NodePair[] = [];
  const alone: string[] = [];
  for (const placed of left) {
    const named = placed.node.name === "" ? undefined : byName.get(placed.node.name);
    const partner = reference === other ? placed : (named ?? byOutput.get(firstOutput(placed.node)));
    if (!partner || taken.has(partner)) {
      alone.push(nameOf(placed.node));
      continue;
    }
    taken.add(partner);
    pairs.push({
      name: nameOf(placed.node),
      reference: placed,
      other: partner,
      values: pairedValues(placed.node, partner.node),
    });
  }
  const rest = right.filter((placed) => !taken.has(placed)).map(({ node }) => nameOf(node));
  return { pairs, unmatched: { reference: alone, other: rest } };
}

function placedNodes(model: OnnxModel): readonly PlacedNode[] {
  const producers = producersOf(model.graph);
  const folded = foldedValues(model.graph);
  return model.graph.nodes
    .map((node, index) => ({ index, node, model, producers, folded }))
    .filter(({ node }) => !isConstantNode(node));
}

/** Random values cannot be folded. */
const RANDOM = /^(Random|Multinomial|Bernoulli)/;

/** Relies on ONNX's topological order: a value is defined before it is read. */
function foldedValues(graph: Graph): ReadonlySet<string> {
  const constant = new Set(graph.initializers.keys());
  const folded = new Set<string>();
  for (const node of graph.nodes) {
    if (RANDOM.test(node.op) || !valuesRead(node).every((name) => constant.has(name))) continue;
    for (const name of node.outputs) {
      constant.add(name);
      if (!isConstantNode(node)) folded.add(name);
    }
  }
  return folded;
}

function firstOutput({ outputs }: GraphNode): string {
  return outputs.find((name) => name !== "") ?? "";
}

function pairedValues(reference: GraphNode, other: GraphNode): readonly ValuePair[] {
  return reference.outputs.flatMap((name, place) => {
    const partner = other.outputs[place] ?? "";
    return name === "" || partner === "" ? [] : [{ reference: name, other: partner }];
  });
}

/** Whether the nodes of a pair are defined differently: by their constants or their attributes. */
export function definitionsDiffer({ reference, other }: NodePair): boolean {
  if (reference.model === other.model) return false;
  const [left, right] = [constantsOf(reference), constantsOf(other)];
  const sameConstants = left.length === right.length && left.every((value, place) => sameConstant(value, right[place]));
  return !sameConstants || !sameAttributes(reference.node, other.node);
}

function constantsOf({ node, model, producers }: PlacedNode): readonly Constant[] {
  return valuesRead(node).map((name) => constantValue(name, model.graph, producers));
}

/**
 * The reference's feeds under the other model's names: by name where they match, otherwise by position.
 * @throws IsobitError BAD_INPUT if the models have different numbers of inputs, or a feed is missing
 */
export function feedsFor(model: OnnxModel, reference: OnnxModel, feeds: NamedTensors): NamedTensors {
  const { inputs } = model.graph;
  const own = reference.graph.inputs;
  if (inputs.length !== own.length) {
    const message = `The models have different numbers of inputs: ${own.length} and ${inputs.length}.`;
    throw new IsobitError("BAD_INPUT", message);
  }
  return new Map(
    inputs.map(({ name }, place) => {
      const fed = feeds.get(name) ?? feeds.get(own[place]?.name ?? "");
      if (!fed) throw new IsobitError("BAD_INPUT", `The model's input ${JSON.stringify(name)} was not fed.`);
      return [name, fed];
    }),
  );
}
