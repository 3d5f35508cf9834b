import type { Explanation } from "./explanation.ts";
import { asProduct } from "./operators/as-product.ts";
import { explainOperator } from "./operators/explain-operator.ts";
import { undeterminedElements } from "./outcome.ts";
import type { NodeRequest } from "./request.ts";
import { explainSum, isSum } from "./sums/explain-sum.ts";

/**
 * Explains why a node's output differs between two sources that received the same inputs.
 * @returns null where no bit differs
 */
export function explainNode(request: NodeRequest): Explanation | null {
  if (isSum(request.node.op)) return explainSum(request);
  const explanation = explainOperator(request);
  if (explanation === null || explanation.cause === "WRONG_RESULT" || openElements(explanation) === 0)
    return explanation;
  const product = asProduct(request);
  const asSum = product && explainSum(product);
  return asSum && openElements(asSum) < openElements(explanation) ? asSum : explanation;
}

/** Elements without a proved cause. An undetermined element counts half as much as an unexplained one. */
function openElements(explanation: Explanation): number {
  return explanation.unexplainedElements + undeterminedElements(explanation) / 2;
}
