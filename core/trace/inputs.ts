import type { TensorValue } from "../tensor-value.ts";
import type { ComparedValues } from "./compare-values.ts";
import { constantValue } from "./constants.ts";
import { valuesRead } from "./cut-node.ts";
import type { NodePair, PlacedNode, ValuePair } from "./match.ts";

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
 * model, where it is folded as in the graph and lets the same kernel be chosen; unless the sides make it differently.
 * @param equal names of values that were compared and are equal on both sides
 */
export function fedNames(placed: PlacedNode, equal: ReadonlySet<string>): readonly string[] {
  return computedNames(placed).filter((name) => !placed.folded.has(name) || !equal.has(name));
}

/** Whether what a pair of nodes reads was equal in every bit; null where a value was not compared. */
export function inputsEqual(
  pair: NodePair,
  compared: ComparedValues,
  byReference: ReadonlyMap<string, ValuePair>,
): boolean | null {
  const left = computedNames(pair.reference);
  const right = computedNames(pair.other);
  if (left.length !== right.length) return false;
  let known = true;
  for (const [place, name] of left.entries()) {
    if (isGraphInput(name, pair.reference)) continue;
    const value = byReference.get(name);
    if (value && value.other !== right[place]) return false;
    const difference = value && compared.differences.get(value)?.difference;
    if (difference === undefined) known = false;
    else if (difference.differing > 0) return false;
  }
  return known ? true : null;
}

function isGraphInput(name: string, { model }: PlacedNode): boolean {
  return model.graph.inputs.some((input) => input.name === name);
}
