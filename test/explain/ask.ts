import { explainNode } from "#core/explain/explain.ts";
import type { Explanation } from "#core/explain/explanation.ts";
import type { TensorValue } from "#core/tensor-value.ts";
import type { OneNode } from "./one-node.ts";

/** Asks why two sides of one node differ. */
export function ask(
  { node, opset, inputs }: OneNode,
  reference: readonly TensorValue[],
  other: readonly TensorValue[],
  sources: readonly [string, string] = ["CPU", "WASM"],
): Explanation | null {
  return explainNode({
    node,
    opset,
    inputs,
    reference: { source: sources[0], tf32: false, outputs: reference },
    other: { source: sources[1], tf32: false, outputs: other },
  });
}

export function countOf(explanation: Explanation | null, cause: Explanation["cause"]): number {
  return explanation?.causes.find((each) => each.cause === cause)?.elements ?? 0;
}
