import { explainNode } from "#core/explain/explain.ts";
import type { Explanation } from "#core/explain/explanation.ts";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { explainedSource } from "./explained-side.ts";
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
    reference: explainedSource(sources[0], reference),
    other: explainedSource(sources[1], other),
  });
}

export function countOf(explanation: Explanation | null, cause: Explanation["cause"]): number {
  return explanation?.causes.find((each) => each.cause === cause)?.elements ?? 0;
}
