import { describe, expect, it } from "vitest";
import { compare } from "#library/compare/compare.ts";
import { describeModel } from "#core/model/describe.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { writeModel } from "#core/onnx/write.ts";
import { floats, int, int64s, linear, model, node, uneven, value } from "./build.ts";

/* A flat input of 400 numbers could be an image of 20x20, and 400 results its classes. Only a learned layer can classify. */

const flat = (...nodes: Parameters<typeof model>[0]["nodes"]): OnnxModel =>
  model({ nodes, inputs: [value("x", [400])], outputs: [value("y", [400])], weights: [floats("w", [400], uneven)] });

const rows = (outputs: number, ...nodes: Parameters<typeof model>[0]["nodes"]): OnnxModel =>
  model({
    nodes,
    inputs: [value("x", ["N", 64])],
    outputs: [value("y", ["N", outputs])],
    weights: [floats("half", [1], () => 0.5), int64s("from", [0]), int64s("to", [10]), int64s("axis", [1])],
  });

const SAME_PLACES: readonly [string, OnnxModel][] = [
  ["a Sigmoid", flat(node("Sigmoid", ["x"], ["y"]))],
  ["a chain with weights of its own", flat(node("Mul", ["x", "w"], ["h"]), node("Tanh", ["h"], ["y"]))],
  ["a Softmax of each row", rows(64, node("Mul", ["x", "half"], ["h"]), node("Softmax", ["h"], ["y"]))],
];

const NO_WEIGHTS: readonly [string, OnnxModel][] = [
  ["a Slice of the input", rows(10, node("Slice", ["x", "from", "to", "axis"], ["y"]))],
  [
    "a pool of the input",
    model({
      nodes: [
        node("AveragePool", ["x"], ["p"], {
          kernel_shape: { kind: "ints", value: [2n, 2n] },
          strides: { kind: "ints", value: [2n, 2n] },
        }),
        node("Flatten", ["p"], ["y"], { axis: int(1) }),
      ],
      inputs: [value("x", ["N", 1, 4, 4])],
      outputs: [value("y", ["N", 4])],
    }),
  ],
];

const described = async (from: OnnxModel) => await describeModel({ id: "any", bytes: writeModel(from) });

describe("a model without a learned layer is not a classifier", () => {
  it.each(SAME_PLACES)("%s", async (_, from) => {
    await expect(described(from)).rejects.toThrow(ModelRejected);
    await expect(described(from)).rejects.toThrow(/computes each output from the input at the same place/);
  });

  it.each(NO_WEIGHTS)("%s", async (_, from) => {
    await expect(described(from)).rejects.toThrow(/has no weights/);
  });

  it("compare gives it plain tensors, keeps their bits and names no labels", async () => {
    for (const [, from] of [SAME_PLACES[0]!, SAME_PLACES[2]!, NO_WEIGHTS[0]!]) {
      const { report } = await compare(writeModel(from), { backends: ["CPU", "WASM"], random: 2 });
      expect(report.pairs[0]).toMatchObject({ compared: 2, labelMismatches: null });
      expect(report.rows.map(({ input }) => input)).toEqual(["random:0", "random:1"]);
      for (const { outputs } of report.rows)
        for (const { prediction, tensors } of outputs)
          expect([prediction, typeof tensors[0]?.bits]).toEqual([null, "string"]);
    }
  });
});

describe("a model with a learned layer is a classifier", () => {
  it("even with as many classes as pixels", async () => {
    const square = model({
      nodes: [node("MatMul", ["x", "w"], ["y"])],
      inputs: [value("x", ["N", 9])],
      outputs: [value("y", ["N", 9])],
      weights: [floats("w", [9, 9], uneven)],
    });
    expect((await described(square)).info.labels).toHaveLength(9);
  });

  it("even one that multiplies and adds by single steps", async () => {
    const steps = model({
      nodes: [
        node("Unsqueeze", ["x", "last"], ["c"]),
        node("Mul", ["c", "w"], ["m"]),
        node("ReduceSum", ["m", "axis"], ["y"], { keepdims: int(0) }),
      ],
      inputs: [value("x", ["N", 16])],
      outputs: [value("y", ["N", 3])],
      weights: [floats("w", [16, 3], uneven), int64s("axis", [1]), int64s("last", [2])],
    });
    expect((await described(steps)).info.labels).toHaveLength(3);
  });

  it("as before", async () => {
    expect((await described(linear(16))).info.labels).toHaveLength(3);
  });
});
