import type { PlacedNode } from "../placed-node.ts";

/** Nodes of two models that are the same node, each in one pair at most. */
export class Pairs {
  readonly #partners = new Map<PlacedNode, PlacedNode>();

  add(left: PlacedNode, right: PlacedNode): void {
    this.#partners.set(left, right);
    this.#partners.set(right, left);
  }

  /** The node of the other model, from either. */
  of(node: PlacedNode): PlacedNode | undefined {
    return this.#partners.get(node);
  }

  has(node: PlacedNode): boolean {
    return this.#partners.has(node);
  }
}
