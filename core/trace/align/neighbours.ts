import type { PlacedNode } from "../placed-node.ts";
import type { Definitions } from "./definitions.ts";
import type { Pairs } from "./pairs.ts";
import type { End, Wiring } from "./wiring.ts";

type KeyOf = (node: PlacedNode) => string;

/** Pairs nodes next to paired ones, from pair to pair, until none is found: those of one form before those of one operator. */
export function pairNeighbours(pairs: Pairs, [left, right]: readonly [Wiring, Wiring], definitions: Definitions): void {
  const keys: readonly KeyOf[] = [(node) => definitions.of(node).form, (node) => definitions.of(node).operator];
  const search = new Search(pairs, left, right);
  while (keys.some((keyOf) => search.pairClear(keyOf) || search.pairOneOfEqual(keyOf))) continue;
}

class Search {
  readonly #pairs: Pairs;
  readonly #left: Wiring;
  readonly #right: Wiring;

  constructor(pairs: Pairs, left: Wiring, right: Wiring) {
    this.#pairs = pairs;
    this.#left = left;
    this.#right = right;
  }

  /** Pairs every two nodes that are each other's one best candidate. @returns whether there were any */
  pairClear(keyOf: KeyOf): boolean {
    let found = false;
    const order = this.#left.nodes;
    for (const node of [...order, ...order.toReversed()]) {
      const [partner, ...equal] = this.#best(node, this.#left, this.#right, keyOf);
      if (partner === undefined || equal.length > 0) continue;
      const [only, ...more] = this.#best(partner, this.#right, this.#left, keyOf);
      if (only !== node || more.length > 0) continue;
      this.#pairs.add(node, partner);
      found = true;
    }
    return found;
  }

  /** Where several are as good: the one of the same name, or the first. @returns whether there was one */
  pairOneOfEqual(keyOf: KeyOf): boolean {
    for (const node of this.#left.nodes) {
      const candidates = this.#best(node, this.#left, this.#right, keyOf);
      const [first] = candidates;
      if (first === undefined) continue;
      this.#pairs.add(node, candidates.find((each) => each.node.name === node.node.name) ?? first);
      return true;
    }
    return false;
  }

  /** The nodes of the other model that share most of a node's paired neighbours, place by place. */
  #best(node: PlacedNode, own: Wiring, other: Wiring, keyOf: KeyOf): readonly PlacedNode[] {
    if (this.#pairs.has(node)) return [];
    const shared = new Map<PlacedNode, number>();
    const count = (end: End | null | undefined, place: number): void => {
      if (!end?.node || end.place !== place || this.#pairs.has(end.node) || keyOf(end.node) !== keyOf(node)) return;
      shared.set(end.node, (shared.get(end.node) ?? 0) + 1);
    };
    own.sourcesOf(node).forEach((source, place) => {
      const counterpart = source && this.#counterpart(source);
      for (const reader of counterpart ? other.readersOf(counterpart) : []) count(reader, place);
    });
    node.node.outputs.forEach((_, place) => {
      for (const reader of own.readersOf({ node, place })) {
        if (reader.node === null) count(other.outputAt(reader.place), place);
        else count(this.#sourceAt(reader, other), place);
      }
    });
    const most = Math.max(...shared.values());
    return [...shared].flatMap(([each, times]) => (times === most ? [each] : []));
  }

  #counterpart({ node, place }: End): End | undefined {
    if (node === null) return { node, place };
    const partner = this.#pairs.of(node);
    return partner && { node: partner, place };
  }

  #sourceAt({ node, place }: End, other: Wiring): End | null | undefined {
    const partner = node === null ? undefined : this.#pairs.of(node);
    return partner && other.sourcesOf(partner)[place];
  }
}
