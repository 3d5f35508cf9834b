import { valuesRead } from "../onnx/values-read.ts";
import type { TensorValue } from "../tensors/tensor-value.ts";
import type { ComparedValues } from "./compare-values.ts";
import { constantValue } from "./constants.ts";
import type { NodePair, ValuePair } from "./match.ts";
import type { PlacedNode } from "./placed-node.ts";

/** A value that a node reads; each once, in the node's order, then those that its bodies capture. */
export interface ReadValue {
  readonly name: string;
  /** Undefined: computed or fed. Null: a constant whose bits are not available. */
  readonly constant: TensorValue | null | undefined;
}

export function readsOf({ node, model, producers }: PlacedNode): readonly ReadValue[] {
  return valuesRead(node).map((name) => ({ name, constant: constantValue(name, model.graph, producers) }));
}

/** Names of the values it reads that are computed by other nodes or fed to the graph. */
export function computedNames(placed: PlacedNode): readonly string[] {
  return readsOf(placed)
    .filter(({ constant }) => constant === undefined)
    .map(({ name }) => name);
}

/**
 * Names of the values to feed when the node runs alone. Values computed from constants alone stay in the node's own
 * model, where they are folded as in the graph and the same kernel is chosen, unless the sources differ in them.
 * @param equal names of values that were compared and are equal on both sources
 */
export function fedNames(placed: PlacedNode, equal: ReadonlySet<string>): readonly string[] {
  return computedNames(placed).filter((name) => !placed.folded.has(name) || !equal.has(name));
}

/**
 * The reference's counterpart of each value that the other node reads, by the other's name. The reference's node may
 * read another value, if the other model is wired differently. The graph's inputs and values that only the other model
 * computes have none.
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
 * Whether the other node's inputs were equal in every bit to their counterparts; null if one was not compared or has
 * none. A node that is wired differently in the other model had correct inputs, so its difference is introduced there.
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
