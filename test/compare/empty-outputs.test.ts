import { describe, expect, it } from "vitest";
import { compare } from "#library/compare/compare.ts";
import { writeModel } from "#core/onnx/write.ts";
import type { RunReport } from "#library/report/run-report.ts";
import { floatWeight, intWeight, modelOf, noise, type NodeSketch } from "../trace/graphs.ts";

/* An output may have no element: nothing was found, nothing is left. Two such outputs are equal in every bit. */

const X = Float32Array.from(noise(64, 5));
const ZEROS = new Float32Array(64);

function model(nodes: readonly NodeSketch[], outputs: readonly string[]): Uint8Array {
  const weights = [
    floatWeight("w", [64, 64], noise(4096)),
    intWeight("none", [1], [0]),
    intWeight("one", [1], [1]),
    intWeight("from", [1], [0]),
  ];
  return writeModel(modelOf({ inputs: { x: ["float32", [1, 64]] }, weights, nodes, outputs }));
}

const product: NodeSketch = { name: "product", op: "MatMul", inputs: ["x", "w"], outputs: ["y"] };
const found: NodeSketch = { name: "found", op: "NonZero", inputs: ["x"], outputs: ["where"] };
const slice = (end: string): NodeSketch => ({
  name: "cut",
  op: "Slice",
  inputs: ["x", "from", end],
  outputs: ["rows"],
});

async function reported(models: Parameters<typeof compare>[0], data: Float32Array): Promise<RunReport> {
  const tensors = { x: { type: "float32", dims: [1, 64], data } };
  return (await compare(models, { backends: ["CPU", "WASM"], tensors, whole: true })).report;
}

describe("outputs without an element", () => {
  it.each<[string, Uint8Array, Float32Array, readonly (readonly [string, readonly number[]])[]]>([
    ["indices of which there are none", model([found], ["where"]), ZEROS, [["where", [2, 0]]]],
    ["a slice of no rows", model([slice("none")], ["rows"]), X, [["rows", [0, 64]]]],
    [
      "two of them",
      model([found, slice("none")], ["where", "rows"]),
      ZEROS,
      [
        ["where", [2, 0]],
        ["rows", [0, 64]],
      ],
    ],
  ])("are IDENTICAL: %s", async (_what, bytes, data, dims) => {
    const { outcome, pairs, rows } = await reported(bytes, data);
    expect(outcome).toBe("IDENTICAL");
    expect(pairs).toMatchObject([{ verdict: "IDENTICAL", identical: 1, compared: 1, maxAbs: null }]);
    expect(rows[0]?.outputs[0]?.tensors.map((tensor) => [tensor.name, tensor.dims])).toEqual(dims);
  });

  it("do not hide drift in another output", async () => {
    const { outcome, pairs } = await reported(model([slice("none"), product], ["rows", "y"]), X);
    expect(outcome).toBe("DRIFT");
    expect(pairs[0]?.outputs.map(({ verdict }) => verdict)).toEqual(["IDENTICAL", "DRIFT"]);
  });

  it("drift from an output that has elements", async () => {
    const models = [model([slice("none")], ["rows"]), model([slice("one")], ["rows"])] as const;
    const { pairs } = await reported(models, X);
    expect(pairs.map(({ other, verdict }) => [other, verdict])).toEqual([
      ["CPU model (2)", "DRIFT"],
      ["WASM model (2)", "DRIFT"],
    ]);
  });
});
