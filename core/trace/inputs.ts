import type { TensorValue } from "../tensors/tensor-value.ts";
import type { ComparedValues } from "./compare-values.ts";
import { constantValue } from "./constants.ts";
import { valuesRead } from "./cut-node.ts";
import type { NodePair, ValuePair } from "./match.ts";
import type { PlacedNode } from "./placed-node.ts";

/** What a node reads, in its order, bodies' captures last; each value once. */
export interface ReadValue {
  readonly name: string;
  /** Undefined: it is computed or fed. Null: a constant whose bits are not at hand. */
  readonly constant: TensorValue | null | undefined;
}

export function readsOf({ node, model, producers }: PlacedNode): readonly ReadValue[] {
  return valuesRead(node).map((name) => ({ name, constant: constantValue(name, model.graph, producers) }));
}

/** Names of what it reads that is computed: by other nodes, or by whoever feeds the graph. */
export function computedNames(placed: PlacedNode): readonly string[] {
  return readsOf(placed)
    .filter(({ constant }) => constant === undefined)
    .map(({ name }) => name);
}

/**
 * Names of what must be handed to the node when it runs alone. What is made of constants alone is left to the node's own
 * model, where it is folded as in the graph and lets the same kernel be chosen; unless the sources make it differently.
 * @param equal names of values that were compared and are equal on both sources
 */
export function fedNames(placed: PlacedNode, equal: ReadonlySet<string>): readonly string[] {
  return computedNames(placed).filter((name) => !placed.folded.has(name) || !equal.has(name));
}

/**
 * The value of the reference's graph that stands for each that the other node reads, by the other's name. It need not be
 * one that the reference's node reads: the twin may be wired otherwise. None for the graph's inputs, which are fed, and
 * for what only the other model computes.
 */
export function counterpartsOf(
  { other }: NodePair,
  byOther: ReadonlyMap<string, ValuePair>,
): ReadonlyMap<string, ValuePair> {
  return new Map(
    computedNames(other).flatMap((name) => {
      const value = byOther.get(name);
      return value ? [[name, value] as const] : [];
    }),
  );
}

/**
 * Whether what the other node reads was equal in every bit to its counterparts; null where a value was not compared or
 * has none. A node that is wired otherwise in the other model thus read nothing wrong, and what differs is introduced in it.
 */
export function inputsEqual(
  { other }: NodePair,
  counterparts: ReadonlyMap<string, ValuePair>,
  compared: ComparedValues,
): boolean | null {
  let known = true;
  for (const name of computedNames(other)) {
    if (isGraphInput(name, other)) continue;
    const value = counterparts.get(name);
    const difference = value && compared.differences.get(value)?.difference;
    if (difference === undefined) known = false;
    else if (difference.differing > 0) return false;
  }
  return known ? true : null;
}

function isGraphInput(name: string, { model }: PlacedNode): boolean {
  return model.graph.inputs.some((input) => input.name === name);
}
