import type { Explanation } from "./explanation.ts";
import type { NodeQuestion } from "./question.ts";

/**
 * Says why a node's output differs between two sides that were given the same inputs.
 * @returns null where no bit differs
 */
export function explainNode(_question: NodeQuestion): Explanation | null {
  throw new Error("not written yet");
}
