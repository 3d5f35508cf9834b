import { describe, expect, it } from "vitest";
import type { OnnxModel } from "#core/onnx/graph.ts";
import type { TraceResult } from "#core/trace/result.ts";
import { trace } from "#core/trace/trace.ts";
import { floats, floatWeight, graphOf, modelOf, noise } from "./graphs.ts";
import { runOnCpu, sameModel, subjectOf } from "./sources.ts";

/* ONNX Runtime runs a file that lists its nodes in any order; a trace still begins where the graph does. */

const backwards = (model: OnnxModel): OnnxModel => ({
  ...model,
  graph: { ...model.graph, nodes: model.graph.nodes.toReversed() },
});

const summary = ({ nodes, firstDrift }: TraceResult) => ({
  first: firstDrift && [firstDrift.index, firstDrift.name, firstDrift.cause],
  nodes: nodes.map(({ index, name, bornElements, cause }) => [index, name, bornElements, cause]),
});

const X = new Map([["x", floats([4, 64], noise(256, 7))]]);

/** Two MatMuls in a row, on both branches of a Sum: each of them rounds differently on the two runtimes. */
function branches(scale = 1): OnnxModel {
  return modelOf({
    inputs: { x: ["float32", [4, 64]] },
    weights: [
      floatWeight("w1", [64, 32], noise(2048, 2)),
      floatWeight("w2", [32, 8], noise(256, 3)),
      floatWeight("w3", [64, 8], noise(512, 4)),
      floatWeight("s", [], [scale]),
    ],
    nodes: [
      { name: "first", op: "MatMul", inputs: ["x", "w1"], outputs: ["a"] },
      { name: "second", op: "MatMul", inputs: ["a", "w2"], outputs: ["b"] },
      { name: "aside", op: "MatMul", inputs: ["x", "w3"], outputs: ["c"] },
      { name: "scaled", op: "Mul", inputs: ["c", "s"], outputs: ["d"] },
      { name: "sum", op: "Sum", inputs: ["b", "d"], outputs: ["y"] },
    ],
    outputs: ["y"],
  });
}

describe("a file that lists its nodes backwards", () => {
  it("drifts first in its first node, and its nodes come in the order of the graph", async () => {
    const { cpu, wasm } = sameModel(backwards(branches()));
    const { first, nodes } = summary(await trace(cpu, wasm, X));
    expect(nodes.map(([, name]) => name)).toEqual(["aside", "scaled", "first", "second", "sum"]);
    expect(nodes.map(([index]) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(first).toEqual([0, "aside", nodes[0]![3]]);
    expect(first![2]).not.toBe("INHERITED");
    expect(nodes[0]![2]).toBeGreaterThan(0);
    expect(nodes[1]![2]).toBe(0);
  });

  it("matches the sorted file node by node", async () => {
    const sorted = subjectOf("sorted", branches(), runOnCpu);
    const other = subjectOf("other", backwards(branches(1.5)), runOnCpu);
    const result = await trace(sorted, other, X);
    expect(result.unmatched).toEqual({ reference: [], other: [] });
    expect(result.weightsDiffer).toEqual(["scaled"]);
    expect(summary(result).first).toEqual([3, "scaled", "WRONG_RESULT"]);
  });

  it("drifts first in the node whose value a branch captures, which it lists after that branch", async () => {
    const then = { nodes: [{ name: "inside", op: "Relu", inputs: ["a"], outputs: ["t"] }], outputs: ["t"] };
    const model = modelOf({
      inputs: { x: ["float32", [4, 64]], on: ["bool", []] },
      weights: [floatWeight("w1", [64, 32], noise(2048, 2))],
      nodes: [
        {
          name: "branch",
          op: "If",
          inputs: ["on"],
          outputs: ["y"],
          attributes: {
            then_branch: { kind: "graph", value: graphOf(then) },
            else_branch: { kind: "graph", value: graphOf(then) },
          },
        },
        { name: "first", op: "MatMul", inputs: ["x", "w1"], outputs: ["a"] },
      ],
      outputs: ["y"],
    });
    const { cpu, wasm } = sameModel(model);
    const on = { type: "bool", dims: [], bytes: Uint8Array.of(1) } as const;
    const result = await trace(cpu, wasm, new Map([...X, ["on", on]]));
    expect(result.nodes.map(({ name }) => name)).toEqual(["first", "branch"]);
    expect(result.firstDrift?.name).toBe("first");
  });
});
