import { describe, expect, it } from "vitest";
import { RULES } from "#core/certify/rules/index.ts";
import { operatorOf } from "#core/explain/operators/index.ts";
import { isSum } from "#core/explain/sums/explain-sum.ts";
import { operatorCases } from "./operator-cases.ts";
import { oneNode } from "./one-node.ts";

/** They compute nothing from elements: one is a value in the file, the other gives sizes. */
const NOT_JUDGED = ["Constant", "Shape"];

describe("an operator that can be certified", () => {
  const certified = [...RULES.keys()].filter((op) => !isSum(op));

  it("has a judge too, in case a certificate is violated", () => {
    const judged = (op: string): boolean => operatorOf(oneNode(op, []).node) !== null;
    expect(certified.filter((op) => !judged(op))).toEqual(NOT_JUDGED);
  });

  it("is among the cases that run on every runtime, if it has a judge", () => {
    const cases = new Set(operatorCases(1).map(({ node }) => node.op));
    expect(certified.filter((op) => !NOT_JUDGED.includes(op) && !cases.has(op))).toEqual([]);
  });
});
