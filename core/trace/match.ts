import { nameOf } from "../certify/graph-values.ts";
import { IsobitError } from "../errors.ts";
import type { GraphNode, OnnxModel } from "../onnx/graph.ts";
import { valuesRead } from "../onnx/values-read.ts";
import type { NamedTensors } from "../tensors/tensor-value.ts";
import { alignNodes } from "./align/align.ts";
import { sameAttributes } from "./attributes.ts";
import { type Constant, constantValue, sameConstant } from "./constants.ts";
import { type PlacedNode, placedNodes } from "./placed-node.ts";

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
 * Pairs the nodes of two models by what they compute (see `alignNodes`), in the reference's graph order; of one model each
 * node with itself.
 */
export function matchNodes(reference: OnnxModel, other: OnnxModel): Matched {
  const left = placedNodes(reference);
  const right = reference === other ? left : placedNodes(other);
  const partnerOf = reference === other ? (placed: PlacedNode) => placed : partners(left, right, reference, other);
  const pairs = left.flatMap((placed): NodePair[] => {
    const partner = partnerOf(placed);
    if (partner === undefined) return [];
    const values = pairedValues(placed.node, partner.node);
    return [{ name: nameOf(placed.node), reference: placed, other: partner, values }];
  });
  const taken = new Set(pairs.flatMap((pair) => [pair.reference, pair.other]));
  const alone = (nodes: readonly PlacedNode[]): string[] =>
    nodes
      .filter((placed) => !taken.has(placed))
      .map(({ node }) => (node.name === "" ? `${node.op} ${nameOf(node)}` : node.name));
  return { pairs, unmatched: { reference: alone(left), other: alone(right) } };
}

function partners(
  left: readonly PlacedNode[],
  right: readonly PlacedNode[],
  reference: OnnxModel,
  other: OnnxModel,
): (placed: PlacedNode) => PlacedNode | undefined {
  const names = (key: "inputs" | "outputs"): readonly [readonly string[], readonly (string | null)[]] => {
    const [own, others] = [reference, other].map(({ graph }) => graph[key].map(({ name }) => name));
    return [own!, counterpartNames(own!, others!)];
  };
  const [inputs, otherInputs] = names("inputs");
  const [outputs, otherOutputs] = names("outputs");
  const pairs = alignNodes(
    { nodes: left, inputs, outputs },
    { nodes: right, inputs: otherInputs, outputs: otherOutputs },
  );
  return (placed) => pairs.of(placed);
}

/** "16", "onnx::MatMul_212": exporters number values anew at every export. */
const NUMBERED = /^(.*::\w+_)?\d+$/;

/**
 * What the other model calls each of the reference's inputs or outputs: the same name; place by place where both have as
 * many and no name in common, or a name is a number that an exporter made up. Null for one that has no counterpart.
 */
export function counterpartNames(reference: readonly string[], other: readonly string[]): readonly (string | null)[] {
  const byPlace =
    reference.length === other.length &&
    (!reference.some((name) => other.includes(name)) || [...reference, ...other].some((name) => NUMBERED.test(name)));
  return reference.map((name, place) => (byPlace ? other[place]! : other.includes(name) ? name : null));
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
 * The reference's feeds under the other model's names (see `counterpartNames`); inputs without a counterpart in order.
 * @throws IsobitError BAD_INPUT if the models have different numbers of inputs, or a feed is missing
 */
export function feedsFor(model: OnnxModel, reference: OnnxModel, feeds: NamedTensors): NamedTensors {
  const [names, own] = [model, reference].map(({ graph }) => graph.inputs.map(({ name }) => name)) as [
    string[],
    string[],
  ];
  if (names.length !== own.length) {
    const message = `The models have different numbers of inputs: ${own.length} and ${names.length}.`;
    throw new IsobitError("BAD_INPUT", message);
  }
  const sources = counterpartNames(names, own);
  const rest = own.filter((name) => !sources.includes(name));
  return new Map(
    names.map((name, place) => {
      const fed = feeds.get(sources[place] ?? rest.shift()!);
      if (!fed) throw new IsobitError("BAD_INPUT", `No value was given for the model's input ${JSON.stringify(name)}.`);
      return [name, fed];
    }),
  );
}
