import { expect, test } from "vitest";
import { RULES } from "#core/certify/rules/index.ts";
import { operatorOf } from "#core/explain/operators/index.ts";
import { isSum } from "#core/explain/sums/explain-sum.ts";
import type { GraphNode } from "#core/onnx/graph.ts";

/** They have no operand whose bits could differ: their output follows from attributes or from a shape. */
const NO_JUDGE = ["Constant", "Shape"];

function isJudged(op: string): boolean {
  const node: GraphNode = { name: op, op, domain: "", inputs: [], outputs: ["y"], attributes: new Map() };
  return isSum(op) || operatorOf(node) !== null;
}

test("every operator that can be certified has a judge, or is listed as one that needs none", () => {
  expect([...RULES.keys()].filter((op) => !isJudged(op)).toSorted()).toEqual(NO_JUDGE);
});
