import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import type { Attribute, GraphNode, OnnxModel } from "#core/onnx/graph.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { counterpartNames, feedsFor, matchNodes } from "#core/trace/match.ts";
import { trace } from "#core/trace/trace.ts";
import { ints } from "../certify/graphs/sketch.ts";
import { floats, floatWeight, modelOf, noise, type NodeSketch } from "./graphs.ts";
import { runOnCpu, subjectOf } from "./sources.ts";

/* Two models are aligned by what their nodes compute. Names here say what a node is; `numbered` takes them away. */

const WINDOW = { kernel_shape: ints([2, 2]), strides: ints([2, 2]) };

const conv = (name: string, from: string, seed: number, more: readonly NodeSketch[] = []): readonly NodeSketch[] => [
  { name, op: "Conv", inputs: [from, `w${seed}`, `b${seed}`], outputs: [`${name}.y`], attributes: PADDED },
  ...more,
];
const PADDED = { pads: ints([1, 1, 1, 1]) };
const unary = (name: string, op: string, from: string, attributes: Record<string, Attribute> = {}): NodeSketch => ({
  name,
  op,
  inputs: [from],
  outputs: [`${name}.y`],
  attributes,
});

/** Weights of 3x3 convolutions by seed; another salt is another training. */
const weights = (seeds: readonly number[], salt = 0) =>
  seeds.flatMap((seed) => [
    floatWeight(`w${seed}`, [2, 2, 3, 3], noise(36, seed + salt)),
    floatWeight(`b${seed}`, [2], noise(2, seed + salt + 50)),
  ]);

function network(nodes: readonly NodeSketch[], out: string, seeds = [1, 2, 3], salt = 0): OnnxModel {
  const inputs = { x: ["float32", [1, 2, 8, 8]] } as const;
  return modelOf({ inputs, weights: weights(seeds, salt), nodes, outputs: [out] });
}

/** x -> conv1 -> relu1 -> pool1 -> conv2 -> relu2 -> conv3 -> relu3 */
const PLAIN: readonly NodeSketch[] = [
  ...conv("conv1", "x", 1),
  unary("relu1", "Relu", "conv1.y"),
  unary("pool1", "MaxPool", "relu1.y", WINDOW),
  ...conv("conv2", "pool1.y", 2),
  unary("relu2", "Relu", "conv2.y"),
  ...conv("conv3", "relu2.y", 3),
  unary("relu3", "Relu", "conv3.y"),
];
const plain = network(PLAIN, "relu3.y");
const NAMES = PLAIN.map(({ name }) => name!);

/** PyTorch's older names: every value a number, and a node's name its operator and its place. */
function numbered({ graph, ...model }: OnnxModel, first: number): OnnxModel {
  const names = new Map<string, string>();
  const renamed = (name: string): string => {
    if (name === "") return "";
    if (!names.has(name)) names.set(name, String(first + names.size));
    return names.get(name)!;
  };
  const info = <T extends { readonly name: string }>(value: T): T => ({ ...value, name: renamed(value.name) });
  return {
    ...model,
    graph: {
      ...graph,
      inputs: graph.inputs.map(info),
      initializers: new Map([...graph.initializers.values()].map(info).map((weight) => [weight.name, weight])),
      nodes: graph.nodes.map((node, place) => ({
        ...node,
        name: `${node.op}_${first + place}`,
        inputs: node.inputs.map(renamed),
        outputs: node.outputs.map(renamed),
      })),
      outputs: graph.outputs.map(info),
    },
  };
}

/** The names of the pairs' nodes, which `numbered` takes away from what is aligned. */
function aligned(reference: OnnxModel, other: OnnxModel): readonly (readonly [string, string])[] {
  const { pairs, unmatched } = matchNodes(numbered(reference, 0), numbered(other, 4));
  expect(unmatched.reference).toHaveLength(reference.graph.nodes.length - pairs.length);
  expect(unmatched.other).toHaveLength(other.graph.nodes.length - pairs.length);
  return pairs.map((pair) => [
    reference.graph.nodes[pair.reference.index]!.name,
    other.graph.nodes[pair.other.index]!.name,
  ]);
}

const same = (names: readonly string[]): readonly (readonly [string, string])[] => names.map((name) => [name, name]);

const without = (...names: readonly string[]): readonly string[] => NAMES.filter((name) => !names.includes(name));

/** PLAIN with another node after one of its own. */
function inserted(after: string, op: string, attributes = {}): readonly NodeSketch[] {
  return PLAIN.flatMap((node): NodeSketch[] => {
    const inputs = node.inputs.map((name) => (name === `${after}.y` ? "more.y" : name));
    const own = { ...node, inputs };
    return node.name === after ? [own, unary("more", op, `${after}.y`, attributes)] : [own];
  });
}

function removed(name: string): readonly NodeSketch[] {
  const from = PLAIN.find((node) => node.name === name)!.inputs[0]!;
  return PLAIN.filter((node) => node.name !== name).map((node) => ({
    ...node,
    inputs: node.inputs.map((input) => (input === `${name}.y` ? from : input)),
  }));
}

describe("nodes of two models", () => {
  it("are the same under other numbers", () => {
    expect(aligned(plain, plain)).toEqual(same(NAMES));
  });

  it("are not compared across operators because their values have one number", () => {
    const [left, right] = [numbered(plain, 0), numbered(network(inserted("conv1", "Tanh"), "relu3.y"), 0)];
    const shared = left.graph.nodes.filter((node, place) => {
      const other = right.graph.nodes[place]!;
      return node.outputs[0] === other.outputs[0] && node.op !== other.op;
    });
    expect(shared.length).toBeGreaterThan(2);
    for (const { reference, other } of matchNodes(left, right).pairs) expect(other.node.op).toBe(reference.node.op);
  });

  it.each([0, 1000])("are found around a node that was put in (weights + %i)", (salt) => {
    for (const after of without("relu3")) {
      const other = network(inserted(after, "Tanh"), "relu3.y", [1, 2, 3], salt);
      expect(aligned(plain, other)).toEqual(same(NAMES));
      expect(aligned(other, plain)).toEqual(same(NAMES));
    }
  });

  it.each([0, 1000])("are found around a node that was taken out (weights + %i)", (salt) => {
    for (const name of ["relu1", "pool1", "relu2", "conv2"]) {
      expect(aligned(plain, network(removed(name), "relu3.y", [1, 2, 3], salt))).toEqual(same(without(name)));
    }
  });

  it("are the same with a weight changed, and with all of them changed", () => {
    const { graph, ...rest } = plain;
    const changed = new Map(graph.initializers).set("w2", floatWeight("w2", [2, 2, 3, 3], noise(36, 99)));
    expect(aligned(plain, { ...rest, graph: { ...graph, initializers: changed } })).toEqual(same(NAMES));
    expect(aligned(plain, network(PLAIN, "relu3.y", [1, 2, 3], 1000))).toEqual(same(NAMES));
  });

  /** x -> (a: Conv -> Relu) and (b: Conv -> Tanh) and (c: Conv -> Relu) -> a - b + c */
  const BRANCHES: readonly NodeSketch[] = [
    ...conv("conv a", "x", 1, [unary("relu a", "Relu", "conv a.y")]),
    ...conv("conv b", "x", 2, [unary("tanh b", "Tanh", "conv b.y")]),
    ...conv("conv c", "x", 3, [unary("relu c", "Relu", "conv c.y")]),
    { name: "minus", op: "Sub", inputs: ["relu a.y", "tanh b.y"], outputs: ["minus.y"] },
    { name: "plus", op: "Add", inputs: ["minus.y", "relu c.y"], outputs: ["plus.y"] },
  ];
  const branches = (order: readonly number[], salt = 0): OnnxModel =>
    network(
      order.map((place) => BRANCHES[place]!),
      "plus.y",
      [1, 2, 3],
      salt,
    );
  const BRANCH_NAMES = BRANCHES.map(({ name }) => name!);

  it.each([0, 1000])("are found wherever the file lists them (weights + %i)", (salt) => {
    for (const order of [
      [4, 5, 2, 3, 0, 1, 6, 7],
      [4, 2, 0, 5, 3, 1, 6, 7],
      [2, 3, 0, 1, 6, 4, 5, 7],
    ])
      expect(aligned(branches([0, 1, 2, 3, 4, 5, 6, 7]), branches(order, salt))).toEqual(same(BRANCH_NAMES));
  });

  it("keep their branch if two branches are swapped", () => {
    const swapped = BRANCHES.map((node) =>
      node.name === "minus" ? { ...node, inputs: node.inputs.toReversed() } : node,
    );
    expect(aligned(network(BRANCHES, "plus.y"), network(swapped, "plus.y"))).toEqual(same(BRANCH_NAMES));
    const ends = BRANCHES.map((node) => {
      if (node.name === "minus") return { ...node, inputs: ["relu c.y", "tanh b.y"] };
      return node.name === "plus" ? { ...node, inputs: ["minus.y", "relu a.y"] } : node;
    });
    expect(aligned(network(BRANCHES, "plus.y"), network(ends, "plus.y"))).toEqual(same(BRANCH_NAMES));
  });

  it("are found even if their normalisation was folded into their weights", () => {
    const normalised = PLAIN.flatMap((node): NodeSketch[] => {
      const inputs = node.inputs.map((name) => name.replace(/^(conv\d)\.y$/, "$1.n"));
      if (node.op !== "Conv") return [{ ...node, inputs }];
      const scales = ["scale", "shift", "mean", "var"];
      return [
        { ...node, inputs },
        {
          name: `${node.name}.bn`,
          op: "BatchNormalization",
          inputs: [`${node.name}.y`, ...scales],
          outputs: [`${node.name}.n`],
        },
      ];
    });
    const { graph, ...rest } = network(normalised, "relu3.y");
    const scales = ["scale", "shift", "mean", "var"].map((name) => floatWeight(name, [2], [1.5, 0.5]));
    const initializers = new Map([...graph.initializers, ...scales.map((weight) => [weight.name, weight] as const)]);
    const trained = { ...rest, graph: { ...graph, initializers } };
    expect(aligned(trained, network(PLAIN, "relu3.y", [1, 2, 3], 1000))).toEqual(same(NAMES));
  });

  it.each(["Identity", "Dropout"])("are the same where an optimiser took out %s", (op) => {
    const training = network(inserted("relu1", op), "relu3.y");
    const pairs = matchNodes(numbered(training, 0), numbered(plain, 4));
    expect(pairs.unmatched).toEqual({ reference: [`${op}_2`], other: [] });
  });

  it("of ONNX Runtime's own optimised form are found apart from what it fused", async () => {
    const bytes = await readFile(join(import.meta.dirname, "..", "..", "models", "digits.onnx"));
    const folder = await mkdtemp(join(tmpdir(), "isobit-aligned-"));
    try {
      const optimizedModelFilePath = join(folder, "optimised.onnx");
      const options = { graphOptimizationLevel: "extended", optimizedModelFilePath } as const;
      await (await InferenceSession.create(bytes, options)).release();
      const [left, right] = [readModel(bytes), readModel(await readFile(optimizedModelFilePath))];
      const ops = (nodes: readonly GraphNode[]): readonly string[] => nodes.map(({ op }) => op);
      expect(ops(right.graph.nodes)).toContain("FusedConv");
      const found = matchNodes(left, numbered(right, 0));
      const kept = ops(right.graph.nodes).filter((op) => !op.startsWith("Fused"));
      expect(found.pairs.map(({ other }) => other.node.op)).toEqual(kept);
      expect(found.pairs.map(({ reference }) => reference.node.op)).toEqual(kept);
      expect(found.pairs.at(-1)?.reference.index).toBe(left.graph.nodes.length - 1);
      expect(found.unmatched.other.length).toBe(right.graph.nodes.length - found.pairs.length);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("without a counterpart are listed by operator where they have no name", () => {
    const nameless = network(
      inserted("relu1", "Tanh").map((sketch) => ({ ...sketch, name: "" })),
      "relu3.y",
    );
    expect(matchNodes(plain, nameless).unmatched).toEqual({ reference: [], other: ["Tanh more.y"] });
  });

  it("of unlike models have no counterpart", () => {
    const other = modelOf({
      inputs: { x: ["float32", [1, 2, 8, 8]] },
      nodes: [unary("sine", "Sin", "x"), unary("root", "Sqrt", "sine.y")],
      outputs: ["root.y"],
    });
    expect(matchNodes(plain, other)).toEqual({
      pairs: [],
      unmatched: { reference: NAMES, other: ["sine", "root"] },
    });
  });
});

describe("a trace of two models", () => {
  const X = new Map([["0", floats([1, 2, 8, 8], noise(128, 7))]]);

  it("finds a node inserted between nodes that agree, with other numbers for the values", async () => {
    const [left, right] = [numbered(plain, 0), numbered(network(inserted("pool1", "Tanh"), "relu3.y"), 4)];
    const result = await trace(subjectOf("before", left, runOnCpu), subjectOf("after", right, runOnCpu), X);
    expect(result.unmatched).toEqual({ reference: [], other: ["Tanh_7"] });
    expect(result.firstDrift).toMatchObject({ name: "Conv_3", op: "Conv", cause: "INHERITED", originatesHere: false });
    expect(result.nodes.slice(0, 3).map(({ cause }) => cause)).toEqual(["NONE", "NONE", "NONE"]);
  });

  it("names the convolution whose weight was changed", async () => {
    const { graph, ...rest } = plain;
    const changed = new Map(graph.initializers).set("w2", floatWeight("w2", [2, 2, 3, 3], noise(36, 99)));
    const other = numbered({ ...rest, graph: { ...graph, initializers: changed } }, 4);
    const result = await trace(
      subjectOf("before", numbered(plain, 0), runOnCpu),
      subjectOf("after", readModel(writeModel(other)), runOnCpu),
      X,
    );
    expect(result).toMatchObject({ weightsDiffer: ["Conv_3"], unmatched: { reference: [], other: [] } });
    expect(result.firstDrift).toMatchObject({ name: "Conv_3", originatesHere: true });
  });
});

describe("inputs and outputs of two models", () => {
  it.each<[reference: string[], other: string[], found: (string | null)[]]>([
    [
      ["logits", "mask"],
      ["mask", "logits"],
      ["logits", "mask"],
    ],
    [["logits"], ["output"], ["output"]],
    [
      ["a", "b"],
      ["b", "c"],
      [null, "b"],
    ],
    [
      ["16", "18"],
      ["18", "20"],
      ["18", "20"],
    ],
    [
      ["onnx::Add_3", "onnx::Add_5"],
      ["onnx::Add_5", "onnx::Add_7"],
      ["onnx::Add_5", "onnx::Add_7"],
    ],
    [["16", "18"], ["18"], [null, "18"]],
  ])("%j of one are those of the other's %j that are called %j", (reference, other, found) => {
    expect(counterpartNames(reference, other)).toEqual(found);
  });

  it("are fed once each where some have other names", () => {
    const model = (...names: string[]): OnnxModel =>
      modelOf({
        inputs: Object.fromEntries(names.map((name) => [name, ["float32", [1]] as const])),
        nodes: [{ op: "Sub", inputs: names, outputs: ["y"] }],
        outputs: ["y"],
      });
    const feeds = new Map([
      ["a", floats([1], [1])],
      ["b", floats([1], [2])],
    ]);
    expect([...feedsFor(model("b", "c"), model("a", "b"), feeds)]).toEqual([
      ["b", floats([1], [2])],
      ["c", floats([1], [1])],
    ]);
  });
});
