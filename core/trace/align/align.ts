import type { PlacedNode } from "../placed-node.ts";
import { Definitions } from "./definitions.ts";
import { pairBetween } from "./gaps.ts";
import { pairNeighbours } from "./neighbours.ts";
import { Pairs } from "./pairs.ts";
import { type Wiring, wiringOf } from "./wiring.ts";

/** One model to align: its nodes, and its inputs and outputs in the order that both models share. */
export interface AlignedGraph {
  readonly nodes: readonly PlacedNode[];
  readonly inputs: readonly (string | null)[];
  readonly outputs: readonly (string | null)[];
}

/**
 * Pairs the nodes of two models by what they compute, never by the names of values, which exporters number anew:
 * 1. nodes that compute the same from the same, back to the inputs, in every bit of their weights;
 * 2. nodes from which the same is computed, up to the outputs;
 * 3. nodes that hold the same weights;
 * 4. nodes of one operator at the same place next to nodes that are paired, of one shape first;
 * 5. nodes of one operator between the same paired nodes, in order.
 * What is left has no counterpart. A node's own name only decides between candidates that are otherwise equal.
 */
export function alignNodes(left: AlignedGraph, right: AlignedGraph): Pairs {
  const definitions = new Definitions();
  const wirings = [left, right].map(({ nodes, inputs, outputs }) => wiringOf(nodes, inputs, outputs)) as [
    Wiring,
    Wiring,
  ];
  const pairs = new Pairs();
  const exact = (node: PlacedNode): string => definitions.of(node).exact;
  const origins = new Map<string, number>();
  pairEqual(pairs, wirings, (wiring) => originsOf(wiring, exact, origins), true);
  const uses = new Map<string, number>();
  pairEqual(pairs, wirings, (wiring) => usesOf(wiring, exact, uses), false);
  pairEqual(
    pairs,
    wirings,
    ({ nodes }) => new Map(nodes.filter((node) => definitions.of(node).telling).map((node) => [node, exact(node)])),
    false,
  );
  pairNeighbours(pairs, wirings, definitions);
  pairBetween(pairs, wirings, definitions);
  return pairs;
}

/** Pairs nodes of equal keys. @param several pair as many as there are on both sides; otherwise only a key that is unique on each */
function pairEqual(
  pairs: Pairs,
  [left, right]: readonly [Wiring, Wiring],
  keysOf: (wiring: Wiring) => ReadonlyMap<PlacedNode, unknown>,
  several: boolean,
): void {
  const [ones, others] = [left, right].map((wiring) => {
    const keys = keysOf(wiring);
    const open = wiring.nodes.filter((node) => keys.has(node) && !pairs.has(node));
    return Map.groupBy(open, (node) => keys.get(node));
  }) as [Map<unknown, PlacedNode[]>, Map<unknown, PlacedNode[]>];
  for (const [key, nodes] of ones) {
    const partners = others.get(key) ?? [];
    if (!several && (nodes.length > 1 || partners.length > 1)) continue;
    nodes.slice(0, partners.length).forEach((node, place) => pairs.add(node, partners[place]!));
  }
}

/** Equal numbers: the same computation back to the graph's inputs. @param numbers of both models' texts */
function originsOf(
  { nodes, sourcesOf }: Wiring,
  exact: (node: PlacedNode) => string,
  numbers: Map<string, number>,
): ReadonlyMap<PlacedNode, number> {
  const found = new Map<PlacedNode, number>();
  for (const node of nodes) {
    const sources = sourcesOf(node).map((end) => end && [end.node === null ? -1 : found.get(end.node)!, end.place]);
    found.set(node, numbered(JSON.stringify([exact(node), sources]), numbers));
  }
  return found;
}

/** Equal numbers: the same computation up to the graph's outputs, apart from what else it reads. */
function usesOf(
  { nodes, readersOf }: Wiring,
  exact: (node: PlacedNode) => string,
  numbers: Map<string, number>,
): ReadonlyMap<PlacedNode, number> {
  const found = new Map<PlacedNode, number>();
  for (const node of nodes.toReversed()) {
    const uses = node.node.outputs.map((_, place) =>
      readersOf({ node, place })
        .map((reader) => `${reader.node === null ? "output" : found.get(reader.node)}:${reader.place}`)
        .toSorted(),
    );
    // What nothing reads tells nothing.
    if (uses.some((readers) => readers.length > 0))
      found.set(node, numbered(JSON.stringify([exact(node), uses]), numbers));
  }
  return found;
}

function numbered(text: string, numbers: Map<string, number>): number {
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  return number;
}
