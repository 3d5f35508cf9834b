import { describe, expect, it } from "vitest";
import type { GraphNode, OnnxModel } from "#core/onnx/graph.ts";
import { cutFinalSoftmax } from "#core/onnx/final-softmax.ts";
import { describeModel } from "#core/model/describe.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { CLASSES, floats, int, int64s, linear, node, uneven, value } from "./build.ts";
import { run } from "./run.ts";

const BATCH = 4;

function softmax(logits: Float32Array): number[] {
  const rows = Array.from({ length: logits.length / CLASSES }, (_, row) => [
    ...logits.subarray(row * CLASSES, (row + 1) * CLASSES),
  ]);
  return rows.flatMap((row) => {
    const largest = Math.max(...row);
    const powers = row.map((logit) => Math.exp(logit - largest));
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => power / sum);
  });
}

/** The Softmax as the very last node. */
function direct(attributes: Parameters<typeof node>[3] = {}, op = "Softmax"): readonly GraphNode[] {
  return [node(op, ["logits"], ["y"], attributes)];
}

/** The original's probabilities must be the softmax of what the executed bytes give. */
async function expectCut(from: OnnxModel, op = "Softmax"): Promise<void> {
  const bytes = writeModel(from);
  const { info, executed } = await describeModel({ id: "any", bytes });
  expect(info.adaptations).toEqual([
    `The ${op} at the end was cut off: the logits are its input "logits", and probabilities are computed on the host.`,
  ]);
  expect(info.executedSha256).not.toBe(info.sha256);
  expect(readModel(executed).graph.nodes.map((each) => each.op)).not.toContain(op);
  const original = await run(bytes, info.input, BATCH);
  const cut = await run(executed, info.input, BATCH);
  const probabilities = op === "LogSoftmax" ? [...original.values].map(Math.exp) : [...original.values];
  const ours = softmax(cut.values);
  expect(ours).toHaveLength(probabilities.length);
  // Logits and probabilities are never the same numbers here, so an uncut model cannot pass.
  expect(Math.max(...cut.values)).toBeGreaterThan(1);
  ours.forEach((probability, index) =>
    expect(Math.abs(probability - (probabilities[index] ?? Number.NaN))).toBeLessThan(1e-6),
  );
}

async function expectKept(from: OnnxModel): Promise<void> {
  const bytes = writeModel(from);
  const { info, executed } = await describeModel({ id: "any", bytes });
  expect(info.adaptations).toEqual([]);
  expect(info.executedSha256).toBe(info.sha256);
  expect(executed).toBe(bytes);
}

describe("a Softmax over the classes at the end is cut off", () => {
  it.each<[string, number, Parameters<typeof node>[3]]>([
    ["opset 9, default axis 1", 9, {}],
    ["opset 9, axis 1", 9, { axis: int(1) }],
    ["opset 11, axis -1", 11, { axis: int(-1) }],
    ["opset 13, default axis -1", 13, {}],
    ["opset 17, axis 1", 17, { axis: int(1) }],
    ["opset 17, axis -1", 17, { axis: int(-1) }],
  ])("%s", async (_, opset, attributes) => {
    await expectCut(linear(16, { opset }, direct(attributes)));
  });

  it("LogSoftmax likewise", async () => {
    await expectCut(linear(16, {}, direct({}, "LogSoftmax")), "LogSoftmax");
  });

  it("where the output's shape is not said", async () => {
    await expectCut(linear(16, { outputs: [value("y", null)] }, direct()));
  });

  it.each([
    ["keeps the shape that the output states", ["N", CLASSES], ["N", CLASSES]],
    ["keeps it where the file leaves a size of the logits open", ["N", "K"], ["N", CLASSES]],
    ["states no shape where the file states another size for the logits", ["N", 7], null],
    ["states no shape where the file states another rank for the logits", ["N", 1, CLASSES], null],
  ])("%s", (_, inner, expected) => {
    const { graph } = cutFinalSoftmax(linear(16, { valueInfo: [value("logits", inner)] }, direct())).model;
    expect(graph.outputs).toEqual([value("logits", expected)]);
  });

  it("behind nodes that only move values", async () => {
    const parts = { weights: [int64s("target", [-1, 1, CLASSES]), int64s("axes", [1])] };
    const head = [
      node("Softmax", ["logits"], ["p"]),
      node("Dropout", ["p"], ["dropped"]),
      node("Reshape", ["dropped", "target"], ["wide"]),
      node("Squeeze", ["wide", "axes"], ["narrow"]),
      node("Unsqueeze", ["narrow", "axes"], ["again"]),
      node("Flatten", ["again"], ["row"]),
      node("Cast", ["row"], ["cast"], { to: int(1) }),
      node("Identity", ["cast"], ["y"]),
    ];
    await expectCut(linear(16, parts, head));
  });

  it("over [N, K, 1, 1], before opset 13 and since", async () => {
    const outputs = [value("y", ["N", CLASSES, 1, 1])];
    for (const opset of [11, 13]) {
      const written = linear(
        16,
        { opset, outputs, weights: [int64s("target", [-1, CLASSES, 1, 1]), int64s("to", [-1, 1, 4, 4])] },
        [node("Softmax", ["logits"], ["y"], { axis: int(1) })],
      );
      // The linear classifier's logits are renamed, and reshaped into "logits".
      const nodes = written.graph.nodes.flatMap((each) =>
        each.op === "Gemm" ? [{ ...each, outputs: ["row"] }, node("Reshape", ["row", "target"], ["logits"])] : [each],
      );
      await expectCut({ ...written, graph: { ...written.graph, nodes } });
    }
  });

  it("with axis 0 over a batch of one, before opset 13", async () => {
    const parts = { opset: 11, inputs: [value("x", [1, 1, 4, 4])], outputs: [value("y", [1, CLASSES])] };
    await expectCut(linear(16, parts, direct({ axis: int(0) })));
  });

  it("of an old model that lists its weights as inputs", async () => {
    const weightInputs = [value("rows", [2], "int64"), value("w", [CLASSES, 16]), value("b", [CLASSES])];
    await expectCut(linear(16, { weightInputs, irVersion: 3, opset: 7 }, direct()));
  });

  it("and written again byte for byte alike, however often", async () => {
    const bytes = writeModel(linear(16, {}, direct()));
    const [first, second] = [
      await describeModel({ id: "a", bytes }),
      await describeModel({ id: "b", bytes: bytes.slice() }),
    ];
    expect(second.executed).toEqual(first.executed);
    expect(second.info.executedSha256).toBe(first.info.executedSha256);
  });

  it("names the logits as the output, whose shape stays", async () => {
    const { info, executed } = await describeModel({
      id: "any",
      bytes: writeModel(linear(16, { valueInfo: [value("logits", ["N", CLASSES])] }, direct())),
    });
    expect(info.output.name).toBe("logits");
    const { graph } = readModel(executed);
    expect(graph.outputs).toEqual([value("logits", ["N", CLASSES])]);
    expect(graph.valueInfo).toEqual([]);
  });
});

describe("a Softmax stays", () => {
  it.each<[string, number, Parameters<typeof node>[3]]>([
    ["along the batch, since opset 13", 13, { axis: int(0) }],
    ["along the batch by a negative axis", 13, { axis: int(-2) }],
    ["over batch and classes together, before opset 13", 11, { axis: int(0) }],
  ])("%s", async (_, opset, attributes) => {
    await expectKept(linear(16, { opset }, [node("Softmax", ["logits"], ["y"], attributes)]));
  });

  it("along an axis of length one", async () => {
    const outputs = [value("y", ["N", CLASSES, 1])];
    const head = [node("Reshape", ["logits", "target"], ["wide"]), node("Softmax", ["wide"], ["y"], { axis: int(-1) })];
    await expectKept(linear(16, { outputs, weights: [int64s("target", [-1, CLASSES, 1])] }, head));
  });

  it("in the middle of a graph", async () => {
    const head = [node("Softmax", ["logits"], ["p"]), node("MatMul", ["p", "v"], ["y"])];
    await expectKept(linear(16, { weights: [floats("v", [CLASSES, CLASSES], uneven)] }, head));
  });

  it("of another domain", async () => {
    const written = linear(16, {}, [node("Softmax", ["logits"], ["y"], {}, "com.microsoft")]);
    await expectKept({
      ...written,
      opsets: new Map([
        ["", 17],
        ["com.microsoft", 1],
      ]),
    });
  });

  it("for its other readers, while the output becomes the logits", async () => {
    const inner = linear(16).graph;
    const branch = {
      ...inner,
      inputs: [],
      initializers: new Map(),
      nodes: [node("Identity", ["p"], ["inner"])],
      outputs: [value("inner", ["N", CLASSES])],
    };
    const head = [
      node("Softmax", ["logits"], ["p"]),
      node("If", ["yes"], ["unused"], {
        then_branch: { kind: "graph", value: branch },
        else_branch: { kind: "graph", value: branch },
      }),
      node("Identity", ["p"], ["y"]),
    ];
    const yes = { name: "yes", dims: [], type: "bool", data: Uint8Array.of(1) } as const;
    const { info, executed } = await describeModel({
      id: "any",
      bytes: writeModel(linear(16, { weights: [yes] }, head)),
    });
    expect(readModel(executed).graph.nodes.map(({ op }) => op)).toContain("Softmax");
    const { values } = await run(executed, info.input, BATCH);
    expect(Math.max(...values)).toBeGreaterThan(1);
  });
});
