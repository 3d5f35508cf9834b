import { describe, expect, test } from "vitest";
import { reportMarkdown } from "#cli/report/formats/markdown.ts";
import { renderReport } from "#cli/report/text/render.ts";
import type { ReportedTrace } from "#library/report/run-report.ts";
import { headlineTexts, introducedText, noteTexts, openTexts, wrongTexts } from "#library/report/trace-text.ts";
import { aReport, aTrace } from "../support/reports.ts";
import { aNode } from "../support/traced-nodes.ts";

type Node = ReportedTrace["nodes"][number];

const explanation = aTrace().nodes.find((node) => node.explanation !== null)!.explanation!;

function introducing(index: number, cause: Node["cause"], more: Partial<Node> = {}): Node {
  const node = { name: `n${index}`, op: "Conv", index, elements: 4, differingElements: 2, bornElements: 2, cause };
  return aNode({ ...node, maxAbs: index, explanation: { ...explanation, cause, notes: [] }, ...more });
}

const wrong = (index: number): Node =>
  introducing(index, "WRONG_RESULT", {
    explanation: {
      ...explanation,
      cause: "WRONG_RESULT",
      wrong: [{ side: "other", elements: 2, index: 3, value: 9, exact: 1, bound: 0.5 }],
    },
  });

describe("a trace of a large graph", () => {
  test("begins with what is wrong, then says where drift begins", () => {
    const nodes = [introducing(0, "FUSED_MULTIPLY_ADD"), wrong(1)];
    const trace = aTrace({ outcome: "WRONG_RESULT", firstDrift: nodes[0]!, nodes });
    expect(headlineTexts(trace).map((text) => text.slice(0, 40))).toEqual([
      "WASM is wrong in 2 elements of n1 (Conv)",
      "WASM first differs from CPU in node 0, n",
    ]);
    const report = aReport({ kind: "compare", traces: [trace] });
    for (const text of [renderReport(report), reportMarkdown(report)])
      expect(text.indexOf("is wrong in")).toBeLessThan(text.indexOf("first differs"));
  });

  test("names few nodes with their causes, and of many the number and the five that move values furthest", () => {
    const few = aTrace({ nodes: [introducing(0, "TF32"), introducing(1, "SUMMATION_ORDER")] });
    expect(introducedText(few)).toBe("Differences are introduced in n0 (TF32), n1 (SUMMATION_ORDER).");
    const nodes = Array.from({ length: 50 }, (_, at) =>
      introducing(at, at % 2 === 0 ? "FUSED_MULTIPLY_ADD" : "UNEXPLAINED"),
    );
    expect(introducedText(aTrace({ nodes }))).toBe(
      "Differences are introduced in 50 nodes: UNEXPLAINED in 25 (n49, n47, n45, n43, n41 and 20 more); FUSED_MULTIPLY_ADD in 25 (n48, n46, n44, n42, n40 and 20 more).",
    );
    expect(introducedText(aTrace({ nodes: [aNode({})] }))).toBe(null);
  });

  test("never lists more than five names or notes", () => {
    const nodes = Array.from({ length: 12 }, (_, at) => ({ ...wrong(at), note: `its own note ${at}` }));
    expect(wrongTexts(aTrace({ nodes })).at(-1)).toBe(
      "Wrong results also in n5 (Conv), n6 (Conv), n7 (Conv), n8 (Conv), n9 (Conv) and 2 more.",
    );
    expect(noteTexts(aTrace({ nodes }))).toHaveLength(6);
    expect(noteTexts(aTrace({ nodes })).at(-1)).toBe("7 more nodes have notes in the JSON report.");
    const told = nodes.map((node) => ({ ...node, explanation: { ...node.explanation!, notes: ["The same."] } }));
    expect(openTexts(aTrace({ nodes: told }))).toEqual([
      "WRONG_RESULT in n0 (Conv), n1 (Conv), n2 (Conv), n3 (Conv), n4 (Conv) and 7 more: The same.",
    ]);
  });
});
