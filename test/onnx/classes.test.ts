import { describe, expect, it } from "vitest";
import type { GraphNode, OnnxModel, Tensor } from "#core/onnx/graph.ts";
import { describeModel } from "#core/model/describe.ts";
import { writeModel } from "#core/onnx/write.ts";
import { CLASSES, floats, int, int64s, linear, model, node, uneven, value } from "./build.ts";
import { run } from "./run.ts";

async function classesOf(from: OnnxModel): Promise<number> {
  const { info, executed } = await describeModel({ id: "any", bytes: writeModel(from) });
  const { values } = await run(executed, info.input, 1);
  // What is said must be what the model really gives.
  expect(values).toHaveLength(info.labels.length * (info.input.fixedBatch ?? 1));
  return info.labels.length;
}

describe("the number of classes, said by the output's shape", () => {
  it.each([
    ["[N, K]", ["N", CLASSES]],
    ["[1, K]", [1, CLASSES]],
    ["[-1, K]", ["", CLASSES]],
  ])("%s", async (_, shape) => {
    expect(await classesOf(linear(16, { outputs: [value("y", shape)] }))).toBe(CLASSES);
  });

  it("[N, K, 1, 1] and [N, 1, K]", async () => {
    for (const target of [
      [-1, CLASSES, 1, 1],
      [-1, 1, CLASSES],
    ]) {
      const head = [node("Reshape", ["logits", "target"], ["y"])];
      const outputs = [value("y", ["N", ...target.slice(1)])];
      expect(await classesOf(linear(16, { outputs, weights: [int64s("target", target)] }, head))).toBe(CLASSES);
    }
  });

  it("[K] of a batch of one", async () => {
    const head = [node("Reshape", ["logits", "target"], ["y"])];
    const parts = {
      inputs: [value("x", [1, 4, 4])],
      outputs: [value("y", [CLASSES])],
      weights: [int64s("target", [-1])],
    };
    expect(await classesOf(linear(16, parts, head))).toBe(CLASSES);
  });
});

describe("the number of classes, inferred from the last layer where the output does not say it", () => {
  const undeclared = [null, ["N", "K"]] as const;
  const endings: readonly (readonly [string, readonly GraphNode[], readonly Tensor[]])[] = [
    ["Gemm", [node("Identity", ["logits"], ["y"])], []],
    ["Gemm, Flatten", [node("Flatten", ["logits"], ["y"])], []],
    ["Gemm without transB", [node("Gemm", ["logits", "v"], ["y"])], [floats("v", [CLASSES, 5], uneven)]],
    [
      "MatMul, Add, Softmax",
      [node("MatMul", ["logits", "v"], ["m"]), node("Add", ["m", "c"], ["a"]), node("Softmax", ["a"], ["y"])],
      [floats("v", [CLASSES, 5], uneven), floats("c", [5], uneven)],
    ],
    [
      "MatMul of a Constant, Relu",
      [
        node("Constant", [], ["v"], { value: { kind: "tensor", value: floats("", [CLASSES, 5], uneven) } }),
        node("MatMul", ["logits", "v"], ["m"]),
        node("Relu", ["m"], ["y"]),
      ],
      [],
    ],
    ["Reshape to a row", [node("Reshape", ["logits", "target"], ["y"])], [int64s("target", [-1, CLASSES])]],
    [
      "Conv, GlobalAveragePool, Flatten",
      [
        node("Conv", ["x", "k"], ["maps"]),
        node("GlobalAveragePool", ["maps"], ["means"]),
        node("Flatten", ["means"], ["y"]),
      ],
      [floats("k", [5, 1, 3, 3], uneven)],
    ],
    [
      "Conv, Add of a bias, GlobalMaxPool, Reshape",
      [
        node("Conv", ["x", "k"], ["maps"]),
        node("Add", ["maps", "c"], ["shifted"]),
        node("GlobalMaxPool", ["shifted"], ["means"]),
        node("Reshape", ["means", "target"], ["y"]),
      ],
      [floats("k", [5, 1, 3, 3], uneven), floats("c", [5, 1, 1], uneven), int64s("target", [0, -1])],
    ],
  ];
  it.each(endings)("%s", async (name, head, weights) => {
    for (const shape of undeclared) {
      const written = linear(16, { outputs: [value("y", shape)], weights }, head);
      expect(await classesOf(written)).toBe(/Gemm|row/.test(name) && !/without/.test(name) ? CLASSES : 5);
    }
  });

  it.each<[string, GraphNode, Tensor]>([
    ["channels", node("Conv", ["x", "k"], ["maps"]), floats("k", [5, 1, 3, 3], uneven)],
    ["rows", node("Add", ["x", "k"], ["maps"]), floats("k", [1, 4, 4], uneven)],
    ["columns of a MatMul", node("MatMul", ["x", "k"], ["maps"]), floats("k", [4, 5], uneven)],
  ])("is not guessed where %s are flattened into the row", async (_, layer, weight) => {
    const nodes = [layer, node("Flatten", ["maps"], ["y"])];
    const bytes = writeModel(model({ nodes, weights: [weight], outputs: [value("y", ["N", "K"])] }));
    await expect(describeModel({ id: "any", bytes })).rejects.toThrow(/"y" \(float32 \[N, K\]\).*how many classes/);
  });

  it("ends on a graph that goes in circles", async () => {
    const nodes = [node("Relu", ["y"], ["a"]), node("Identity", ["a"], ["y"])];
    const bytes = writeModel(model({ nodes, outputs: [value("y", null)] }));
    await expect(describeModel({ id: "any", bytes })).rejects.toThrow(/how many classes it has/);
  });
});

describe("an output that is no row of logits is refused with what was found", () => {
  it.each<[string, readonly (number | string)[], RegExp]>([
    ["one number", ["N", 1], /one number per image/],
    ["an image", ["N", 3, 8, 8], /not one row of logits/],
    ["a scalar", [], /a single number/],
    ["more classes than any label set has", ["N", 2 ** 40], /1099511627776 numbers per image/],
    ["a row without a batch for a batch of any size", [10], /no place for a batch of any size/],
  ])("%s", async (_, shape, sentence) => {
    const bytes = writeModel(linear(16, { outputs: [value("y", shape)] }));
    await expect(describeModel({ id: "any", bytes })).rejects.toThrow(sentence);
  });

  it("another batch than the input's", async () => {
    const bytes = writeModel(linear(16, { inputs: [value("x", [3, 4, 4])], outputs: [value("y", [1, CLASSES])] }));
    await expect(describeModel({ id: "any", bytes })).rejects.toThrow(/\[1, 3\], but its input is a batch of 3/);
  });

  it("labels of an argmax", async () => {
    const head = [node("ArgMax", ["logits"], ["y"], { axis: int(1) })];
    const bytes = writeModel(linear(16, { outputs: [value("y", ["N", 1], "int64")] }, head));
    await expect(describeModel({ id: "any", bytes })).rejects.toThrow(/int64 \[N, 1\]; logits are float32/);
  });

  it("several outputs, all named", async () => {
    const outputs = [value("logits", ["N", CLASSES]), value("y", ["N", CLASSES])];
    const bytes = writeModel(linear(16, { outputs }));
    await expect(describeModel({ id: "any", bytes })).rejects.toThrow(
      '2 outputs: "logits" (float32 [N, 3]), "y" (float32 [N, 3])',
    );
  });

  it("no output", async () => {
    await expect(describeModel({ id: "any", bytes: writeModel(linear(16, { outputs: [] })) })).rejects.toThrow(
      /no output/,
    );
  });
});

describe("labels", () => {
  it("are the classes' numbers where none are given", async () => {
    const { info } = await describeModel({ id: "any", bytes: writeModel(linear(16)) });
    expect(info.labels).toEqual(["0", "1", "2"]);
  });

  it("must be as many as the classes", async () => {
    const bytes = writeModel(linear(16));
    const { info } = await describeModel({ id: "any", bytes, labels: ["cat", "dog", "fish"] });
    expect(info.labels).toEqual(["cat", "dog", "fish"]);
    await expect(describeModel({ id: "any", bytes, labels: ["cat"] })).rejects.toThrow(
      "The model needs 3 labels, one per class in order, but 1 were given",
    );
  });
});
