import { describe, expect, it } from "vitest";
import { compare } from "#library/compare/compare.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import { FusedKernels } from "#core/trace/fused-kernels.ts";
import { originText } from "#library/report/reason.ts";
import type { RunReport } from "#library/report/run-report.ts";
import { ints } from "../certify/graphs/sketch.ts";
import { floatWeight, modelOf, noise, type NodeSketch } from "./graphs.ts";

/* Exposing values ends fusions. Where that changes the final outputs, the trace names the kernels that are served. */

const chain = modelOf({
  inputs: { x: ["float32", [1, 4]] },
  nodes: [
    { name: "first", op: "MatMul", inputs: ["x", "w"], outputs: ["a"] },
    { name: "second", op: "Add", inputs: ["a", "b"], outputs: ["c"] },
    { name: "third", op: "Relu", inputs: ["c"], outputs: ["d"] },
    { name: "last", op: "Identity", inputs: ["d"], outputs: ["y"] },
  ],
  outputs: ["y"],
});
const [first, second, third] = chain.graph.nodes;

describe("the fused kernel of a node", () => {
  it("is the one that computes the next value that is served, if its operator is another one", () => {
    const kernels = new FusedKernels(chain, ["Gemm -> c", "Relu -> y"]);
    expect([first, second, third].map((node) => kernels.of(node!))).toEqual(["Gemm -> c", "Gemm -> c", null]);
    expect(kernels.all()).toEqual(["Gemm -> c"]);
  });

  it("is not one that only has another layout, or that was inserted", () => {
    const kernels = new FusedKernels(chain, ["MatMul -> a_nhwc", "com.ms.internal.nhwc.Add -> c", "Transpose -> y"]);
    expect([first, second, third].map((node) => kernels.of(node!))).toEqual([null, null, null]);
    expect(kernels.all()).toEqual([]);
  });

  it("is unknown where the runtime does not list its outputs", () => {
    for (const served of [null, [], ["Gemm", "ConvActivationFusion", "6 nodes"]])
      expect(new FusedKernels(chain, served).of(first!)).toBeNull();
  });
});

const SHAPE = [1, 4, 8, 8] as const;

/**
 * quantised -> op -> quantised again, which ONNX Runtime fuses into one kernel on integers from level extended on. Many
 * results lie halfway between two steps, where the kernels round differently.
 */
function quantised(op: string, step: number, attributes: NodeSketch["attributes"] = {}, two = false): OnnxModel {
  const scale = (name: string, value: number) => floatWeight(name, [], [value]);
  const zero = { name: "z", dims: [], type: "uint8", data: Uint8Array.of(128) } as const;
  const names = two ? ["x", "x2"] : ["x"];
  return modelOf({
    inputs: Object.fromEntries(names.map((name) => [name, ["float32", SHAPE]])),
    weights: [scale("s0", 0.02), scale("s1", step), zero],
    nodes: [
      ...names.flatMap((name): NodeSketch[] => [
        { op: "QuantizeLinear", inputs: [name, "s0", "z"], outputs: [`${name}q`] },
        { op: "DequantizeLinear", inputs: [`${name}q`, "s0", "z"], outputs: [`${name}d`] },
      ]),
      { name: "op", op, inputs: names.map((name) => `${name}d`), outputs: ["o"], attributes },
      { op: "QuantizeLinear", inputs: ["o", "s1", "z"], outputs: ["oq"] },
      { op: "DequantizeLinear", inputs: ["oq", "s1", "z"], outputs: ["y"] },
    ],
    outputs: ["y"],
  });
}

async function levels(model: OnnxModel): Promise<RunReport> {
  const range: readonly [number, number] = [-1.6, 1.6];
  const options = { backends: ["CPU"], levels: ["disabled", "extended"], trace: "all", random: 20, range } as const;
  return (await compare(writeModel(model), options)).report;
}

describe("outputs that differ only as they are served", () => {
  it.each<[string, OnnxModel]>([
    ["QLinearAdd", quantised("Add", 0.04, {}, true)],
    ["QLinearMul", quantised("Mul", 0.04, {}, true)],
    ["QLinearAveragePool", quantised("AveragePool", 0.02, { kernel_shape: ints([2, 2]), strides: ints([2, 2]) })],
  ])("name the fused kernel %s, and the headline does not say that all agree", async (kernel, model) => {
    const { pairs, traces } = await levels(model);
    expect(pairs[0]?.verdict).toBe("DRIFT");
    const [traced] = traces;
    expect(traced).toMatchObject({ outcome: "DRIFT", firstDrift: null });
    expect(traced?.nodes.at(-1)?.note).toContain(`Fused kernels that only CPU runs as served: com.microsoft.${kernel}`);
    const text = originText(traced!);
    expect(text).toContain("while intermediate values are exposed, but their final outputs differ.");
    expect(text).toContain(kernel);
  });
});

const LINE = 64;
const X = Float32Array.from(noise(4 * LINE, 9));

/** The mean, the variance and the rest as an exporter writes them out. */
function layerNorm(): OnnxModel {
  return modelOf(
    {
      inputs: { x: ["float32", [4, LINE]] },
      weights: [
        floatWeight("two", [], [2]),
        floatWeight("eps", [], [1e-5]),
        floatWeight("g", [LINE], noise(LINE, 3)),
        floatWeight("b", [LINE], noise(LINE, 4)),
      ],
      nodes: [
        { name: "mean", op: "ReduceMean", inputs: ["x"], outputs: ["m"], attributes: { axes: ints([-1]) } },
        { name: "less", op: "Sub", inputs: ["x", "m"], outputs: ["d"] },
        { name: "square", op: "Pow", inputs: ["d", "two"], outputs: ["q"] },
        { name: "variance", op: "ReduceMean", inputs: ["q"], outputs: ["v"], attributes: { axes: ints([-1]) } },
        { name: "plus", op: "Add", inputs: ["v", "eps"], outputs: ["ve"] },
        { name: "root", op: "Sqrt", inputs: ["ve"], outputs: ["sd"] },
        { name: "over", op: "Div", inputs: ["d", "sd"], outputs: ["n"] },
        { name: "times", op: "Mul", inputs: ["n", "g"], outputs: ["ng"] },
        { name: "bias", op: "Add", inputs: ["ng", "b"], outputs: ["y"] },
      ],
      outputs: ["y"],
    },
    13,
  );
}

/** x / 2 * (1 + erf(x / sqrt(2))), written out. */
function gelu(): OnnxModel {
  return modelOf({
    inputs: { x: ["float32", [4, LINE]] },
    weights: [
      floatWeight("root", [], [Math.SQRT2]),
      floatWeight("one", [], [1]),
      floatWeight("half", [], [0.5]),
      floatWeight("w", [LINE, LINE], noise(LINE * LINE, 6)),
    ],
    nodes: [
      { name: "product", op: "MatMul", inputs: ["x", "w"], outputs: ["p"] },
      { name: "over", op: "Div", inputs: ["p", "root"], outputs: ["d"] },
      { name: "erf", op: "Erf", inputs: ["d"], outputs: ["e"] },
      { name: "plus", op: "Add", inputs: ["e", "one"], outputs: ["a"] },
      { name: "times", op: "Mul", inputs: ["p", "a"], outputs: ["m"] },
      { name: "halved", op: "Mul", inputs: ["m", "half"], outputs: ["y"] },
    ],
    outputs: ["y"],
  });
}

describe("a difference in a node that is fused as it is served", () => {
  it.each<[string, OnnxModel, string]>([
    ["a mean of a LayerNormalization", layerNorm(), "LayerNormalization -> y"],
    ["a step of a Gelu", gelu(), "com.microsoft.Gelu -> y"],
  ])("names the kernel: %s", async (_what, model, kernel) => {
    const tensors = { x: { type: "float32", dims: [4, LINE], data: X } };
    const { report } = await compare(writeModel(model), { backends: ["CPU", "WASM"], tensors, whole: true });
    const [traced] = report.traces;
    expect(traced?.marking.reference.differingElements).toBeGreaterThan(0);
    const introduced = traced?.nodes.filter(({ bornElements }) => (bornElements ?? 0) > 0) ?? [];
    expect(introduced.map(({ note }) => note)).toContain(
      `As served, this node is part of the fused kernel ${kernel} on CPU; exposing values ends that fusion.`,
    );
  });
});
