import { valuesRead } from "../../onnx/values-read.ts";
import { isConstantNode } from "../cut-node.ts";
import type { PlacedNode } from "../placed-node.ts";

/** One end of a wire: a place among a node's outputs or inputs, or among the graph's own where `node` is null. */
export interface End {
  readonly node: PlacedNode | null;
  readonly place: number;
}

/** A graph without the names of its values. Constants are not wires: they define the nodes that read them. */
export interface Wiring {
  /** Each after the nodes that it reads, in an order that depends on the wires alone and not on the file's order. */
  readonly nodes: readonly PlacedNode[];
  /** What a node reads, place by place, bodies' captures last: null for a constant and for an input that is not given. */
  sourcesOf(node: PlacedNode): readonly (End | null)[];
  /** Who reads what `end` gives. */
  readersOf(end: End): readonly End[];
  /** What the graph gives out at this place. */
  outputAt(place: number): End | null;
  readonly outputs: number;
}

/**
 * @param inputs the graph's inputs and @param outputs its outputs, in the order that both models share; null for one that
 *   the other model does not have
 */
export function wiringOf(
  placed: readonly PlacedNode[],
  inputs: readonly (string | null)[],
  outputs: readonly (string | null)[],
): Wiring {
  const made = new Map<string, End>();
  inputs.forEach((name, place) => name !== null && made.set(name, { node: null, place }));
  for (const node of placed) {
    node.node.outputs.forEach((name, place) => name !== "" && made.set(name, { node, place }));
  }
  const sourceOf = (name: string): End | null => {
    const end = made.get(name) ?? null;
    return end?.node && passesOn(end) ? sourceOf(end.node.node.inputs[0]!) : end;
  };
  const sources = new Map(placed.map((node) => [node, namesRead(node).map(sourceOf)]));
  const readers = new Map<string, End[]>();
  for (const [node, ends] of sources) {
    ends.forEach((end, place) => {
      if (end !== null) readers.set(keyOf(end), [...(readers.get(keyOf(end)) ?? []), { node, place }]);
    });
  }
  const given = outputs.map((name) => (name === null ? null : sourceOf(name)));
  given.forEach((end, place) => {
    if (end !== null) readers.set(keyOf(end), [...(readers.get(keyOf(end)) ?? []), { node: null, place }]);
  });
  return {
    nodes: inWiresOrder(placed, given, sources),
    sourcesOf: (node) => sources.get(node) ?? [],
    readersOf: (end) => readers.get(keyOf(end)) ?? [],
    outputAt: (place) => given[place] ?? null,
    outputs: given.length,
  };
}

/** Names at a node's places: its inputs, then what its bodies capture. */
export function namesRead(placed: PlacedNode): readonly string[] {
  const { inputs } = placed.node;
  return [...inputs, ...valuesRead(placed.node).filter((name) => !inputs.includes(name))];
}

/** Identity, and Dropout outside training, give what they are given: exporters and optimisers put them in and leave them out. */
function passesOn({ node, place }: End): boolean {
  const { op, domain, inputs } = node!.node;
  if (domain !== "" || inputs[0] === undefined || node!.model.graph.initializers.has(inputs[0])) return false;
  if (isConstantNode(node!.producers.get(inputs[0]))) return false;
  return op === "Identity" || (op === "Dropout" && place === 0 && inputs[2] === undefined);
}

function keyOf({ node, place }: End): string {
  return node === null ? `input ${place}` : `${node.index}.${place}`;
}

/** Depth first from the outputs, inputs by place; nodes that no output needs come last. */
function inWiresOrder(
  placed: readonly PlacedNode[],
  outputs: readonly (End | null)[],
  sources: ReadonlyMap<PlacedNode, readonly (End | null)[]>,
): readonly PlacedNode[] {
  const order = new Set<PlacedNode>();
  const open = new Set<PlacedNode>();
  for (const root of [...outputs.map((end) => end?.node ?? null), ...placed]) {
    const stack = root === null ? [] : [root];
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      const first = !open.has(node);
      open.add(node);
      const waiting = (sources.get(node) ?? []).flatMap((end) => (end?.node && !open.has(end.node) ? [end.node] : []));
      if (first && waiting.length > 0) stack.push(...waiting.toReversed());
      else {
        stack.pop();
        order.add(node);
      }
    }
  }
  return [...order];
}
