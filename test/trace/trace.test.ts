import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { bytesOf } from "#core/tensors/bits.ts";
import { IsobitError } from "#core/errors.ts";
import type { Cause, Explanation } from "#core/explain/explanation.ts";
import type { NodeRequest } from "#core/explain/request.ts";
import type { OnnxModel, Tensor } from "#core/onnx/graph.ts";
import { readModel } from "#core/onnx/read.ts";
import { modelLevels } from "#core/model/model-levels.ts";
import { normalise } from "#core/model/normalise.ts";
import { decodePng } from "#core/image/png/png.ts";
import { type NamedTensors, tensorValue } from "#core/tensors/tensor-value.ts";
import type { Part } from "#core/model/part.ts";
import type { TraceResult } from "#core/trace/result.ts";
import { trace, type TraceOptions, type TraceSubject } from "#core/trace/trace.ts";
import { loadServedModels } from "../../models/load.ts";
import { int } from "../certify/graphs/sketch.ts";
import { floats, floatWeight, modelOf, noise, type NodeSketch, typed } from "./graphs.ts";
import { runOnCpu, sameModel, subjectOf } from "./sources.ts";

/** Calls every difference one cause: what a trace makes of explanations, apart from how they are found. */
function blaming(
  cause: Cause,
  open = 0,
): { readonly explain: (request: NodeRequest) => Explanation; readonly asked: NodeRequest[] } {
  const asked: NodeRequest[] = [];
  return {
    asked,
    explain(request) {
      asked.push(request);
      const wrong =
        cause === "WRONG_RESULT"
          ? [{ side: "other", elements: 1, index: 0, value: 1, exact: 0, bound: 0 } as const]
          : [];
      return {
        cause,
        causes: [{ cause, elements: 1 }],
        consistentWith: [],
        explainedElements: 1,
        unexplainedElements: open,
        unexplainedIndices: [],
        hypothesis: null,
        bound: null,
        wrong,
        notes: [],
        computedOn: {
          reference: { source: "CPU", backend: "CPU", optimizationLevel: "extended" },
          other: { source: "WASM", backend: "WASM", optimizationLevel: "extended" },
        },
      };
    },
  };
}

const node = (result: TraceResult, name: string): TraceResult["nodes"][number] | undefined =>
  result.nodes.find((each) => each.name === name);

/** x -> linear -> flat -> scaled -> y, with a weight that two twins may hold differently. */
function chain(scale: number, name = "scaled"): OnnxModel {
  return modelOf({
    inputs: { x: ["float32", [1, 4]] },
    weights: [floatWeight("w", [4, 3], noise(12)), floatWeight("s", [], [scale])],
    nodes: [
      { name: "linear", op: "MatMul", inputs: ["x", "w"], outputs: ["h"] },
      { name: "flat", op: "Flatten", inputs: ["h"], outputs: ["f"] },
      { name, op: "Mul", inputs: ["f", "s"], outputs: ["m"] },
      { name: "last", op: "Relu", inputs: ["m"], outputs: ["y"] },
    ],
    outputs: ["y"],
  });
}

const X = new Map([["x", floats([1, 4], [1, 2, 3, 4])]]);

describe("a model and its twin with one changed weight, on one runtime", () => {
  const twins = (): readonly [TraceSubject, TraceSubject] => [
    subjectOf("a.onnx", chain(2), runOnCpu),
    subjectOf("b.onnx", chain(2.5), runOnCpu),
  ];

  it("names the node that holds it as the introduced, and what follows as inherited", async () => {
    const { explain, asked } = blaming("WRONG_RESULT");
    const result = await trace(...twins(), X, { explain });
    expect(result).toMatchObject({
      reference: "a.onnx",
      other: "b.onnx",
      outcome: "WRONG_RESULT",
      weightsDiffer: ["scaled"],
    });
    expect(result.firstDrift?.name).toBe("scaled");
    expect(result.nodes.map(({ name, cause }) => [name, cause])).toEqual([
      ["linear", "NONE"],
      ["flat", "NONE"],
      ["scaled", "WRONG_RESULT"],
      ["last", "INHERITED"],
    ]);
    expect(node(result, "scaled")).toMatchObject({ originatesHere: true, bornElements: 3, reproduced: true });
    expect(node(result, "last")).toMatchObject({ originatesHere: false, bornElements: 0, reproduced: true });
    expect(node(result, "last")?.explainedElements).toBe(node(result, "last")?.differingElements);
    // The reference's weight is the truth, and both sides were given the reference's input.
    expect(asked).toHaveLength(1);
    expect(asked[0]?.inputs.map((input) => input?.bytes.length)).toEqual([12, 4]);
    expect(asked[0]?.inputs[1]).toEqual(floats([], [2]));
    expect(asked[0]?.other.source).toBe("b.onnx");
  });

  it("has no drift where the twin is the same", async () => {
    const [left] = twins();
    const result = await trace(left, subjectOf("copy", chain(2), runOnCpu), X);
    expect(result).toMatchObject({ outcome: "IDENTICAL", firstDrift: null, weightsDiffer: [] });
    expect(result.unmatched).toEqual({ reference: [], other: [] });
  });

  it("compares what matches by name, otherwise by output, and lists what does not", async () => {
    const [left] = twins();
    const renamed = await trace(left, subjectOf("renamed", chain(2, "other name"), runOnCpu), X);
    expect(renamed.unmatched).toEqual({ reference: [], other: [] });
    const more = chain(2);
    const extra = { ...more.graph.nodes[3]!, name: "extra", inputs: ["y"], outputs: ["z"] };
    const longer = { ...more, graph: { ...more.graph, nodes: [...more.graph.nodes, extra] } };
    const result = await trace(left, subjectOf("longer", longer, runOnCpu), X);
    expect(result.unmatched).toEqual({ reference: [], other: ["extra"] });
    expect(result.nodes).toHaveLength(4);
  });

  it("feeds inputs place by place where the twin calls them otherwise", async () => {
    const { graph, ...rest } = chain(2);
    const nodes = graph.nodes.map((each) => ({
      ...each,
      inputs: each.inputs.map((name) => (name === "x" ? "pixels" : name)),
    }));
    const inputs = graph.inputs.map((input) => ({ ...input, name: "pixels" }));
    const [left] = twins();
    const result = await trace(left, subjectOf("b", { ...rest, graph: { ...graph, nodes, inputs } }, runOnCpu), X);
    expect(result.outcome).toBe("IDENTICAL");
  });

  it("treats a weight in a Constant node as the reader's own", async () => {
    const constant = (scale: number): OnnxModel => {
      const { graph, ...rest } = chain(scale);
      const held: NodeSketch = {
        name: "holder",
        op: "Constant",
        inputs: [],
        outputs: ["s"],
        attributes: { value: { kind: "tensor", value: graph.initializers.get("s") as Tensor } },
      };
      const nodes = [modelOf({ nodes: [held], outputs: [] }).graph.nodes[0]!, ...graph.nodes];
      const initializers = new Map([...graph.initializers].filter(([name]) => name !== "s"));
      return { ...rest, graph: { ...graph, nodes, initializers } };
    };
    const sides = [2, 2.5].map((scale) => subjectOf(String(scale), constant(scale), runOnCpu));
    const result = await trace(sides[0]!, sides[1]!, X, { explain: blaming("WRONG_RESULT").explain });
    expect(result.firstDrift).toMatchObject({ name: "scaled", index: 3 });
    expect(result.weightsDiffer).toEqual(["scaled"]);
    expect(result.nodes.map(({ name }) => name)).not.toContain("holder");
  });
});

describe("the shipped float model, WASM against CPU", () => {
  const digits = async (): Promise<ReturnType<typeof sameModel>> => sameModel(await readFile("models/digits.onnx"));
  const seven = async (): Promise<NamedTensors> => {
    const info = (await loadServedModels({})).map((model) => model.info).find(({ id }) => id === "digits");
    const image = modelLevels(decodePng(await readFile("images/7.png")), info!);
    return new Map([["input", tensorValue("float32", [1, 1, 28, 28], bytesOf(normalise(image, info!)))]]);
  };

  it("begins to drift in its first convolution; Relu and Flatten only pass on", async () => {
    const { cpu, wasm } = await digits();
    const result = await trace(cpu, wasm, await seven(), { explain: blaming("FUSED_MULTIPLY_ADD").explain });
    expect(result.outcome).toBe("DRIFT");
    expect(result.firstDrift).toMatchObject({ name: "conv1", op: "Conv", originatesHere: true, dims: [1, 32, 14, 14] });
    expect(result.firstDrift?.bornElements).toBe(result.firstDrift?.differingElements);
    for (const { op, cause, reproduced, differingElements } of result.nodes) {
      expect(differingElements).toBeGreaterThan(0);
      expect(reproduced).toBe(true);
      expect(cause).toBe(op === "Conv" || op === "Gemm" ? "FUSED_MULTIPLY_ADD" : "INHERITED");
    }
  });

  it("says what marking did: other nodes are fused, and no logit moves", async () => {
    const { cpu, wasm } = await digits();
    const { marking } = await trace(cpu, wasm, await seven(), { explain: () => null });
    expect(marking.reference).toEqual({
      optimizationLevel: "extended",
      slices: 1,
      fusionChanged: true,
      differingElements: 0,
      maxAbs: 0,
      maxUlp: 0,
    });
    expect(marking.other.fusionChanged).toBeNull();
  });

  it.each([1, 3_000, 30_000, 100_000])("gives the same account with a budget of %i bytes", async (sliceBytes) => {
    const { cpu, wasm } = await digits();
    const explain = (): null => null;
    const whole = await trace(cpu, wasm, await seven(), { explain });
    const sliced = await trace(cpu, wasm, await seven(), { explain, sliceBytes });
    expect(sliced.nodes).toEqual(whole.nodes);
    expect(sliced.marking.reference.slices).toBeGreaterThan(1);
    if (sliceBytes === 1) expect(sliced.marking.reference.slices).toBe(10);
  });

  it("never asks for more than the budget at once", async () => {
    const { cpu, wasm } = await digits();
    const largest = { bytes: 0 };
    const watched = (side: TraceSubject): TraceSubject => ({
      ...side,
      evaluator: {
        ...side.evaluator,
        async evaluate(part, feeds) {
          const outputs = await side.evaluator.evaluate(part, feeds);
          const held = [...outputs.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
          if (part.kind === "marked") largest.bytes = Math.max(largest.bytes, held);
          return outputs;
        },
      },
    });
    // One node's input and output, 2 x 6,272 x 4 bytes, and the ten logits fit.
    const sliceBytes = 51_000;
    await trace(watched(cpu), watched(wasm), await seven(), { explain: () => null, sliceBytes });
    expect(largest.bytes).toBeGreaterThan(25_000);
    expect(largest.bytes).toBeLessThan(sliceBytes);
  });

  it("says which nodes it did not run alone, and why", async () => {
    const { cpu, wasm } = await digits();
    const feeds = await seven();
    const few = await trace(cpu, wasm, feeds, { explain: () => null, maxNodesAlone: 2 });
    expect(few.nodes.map(({ bornElements }) => bornElements === null)).toEqual([false, false, ...Array(8).fill(true)]);
    expect(few.nodes[2]).toMatchObject({
      cause: "UNEXPLAINED",
      explainedElements: 0,
      note: expect.stringContaining("the first 2 differing nodes"),
    });
    const late = await trace(cpu, wasm, feeds, { explain: () => null, outOfTime: () => true });
    expect(late.nodes[0]?.note).toMatch(/time was used up/);
    const narrow = await trace(cpu, wasm, feeds, { explain: () => null, maxValueBytes: 30_000 });
    expect(narrow.nodes[0]).toMatchObject({
      elements: 0,
      note: expect.stringContaining('"conv1" was not compared: it exceeds the memory limit'),
    });
    expect(narrow.nodes[2]).toMatchObject({ elements: 3136, originatesHere: false });
  });

  it("counts what an explanation leaves open, and survives an explainer that fails", async () => {
    const { cpu, wasm } = await digits();
    const feeds = await seven();
    const open = await trace(cpu, wasm, feeds, { explain: blaming("SUMMATION_ORDER", 5).explain });
    expect(open.nodes[0]?.explainedElements).toBe((open.nodes[0]?.differingElements ?? 0) - 5);
    const failing: TraceOptions["explain"] = () => {
      throw new Error("it is beyond me");
    };
    const failed = await trace(cpu, wasm, feeds, { explain: failing });
    expect(failed.nodes[0]).toMatchObject({
      cause: "UNEXPLAINED",
      explainedElements: 0,
      note: "Not explained: it is beyond me",
    });
  });
});

describe("the shipped float model and its twin with one weight changed", () => {
  it("is a wrong result of the layer that holds the weight, by the real explainer", async () => {
    const bytes = await readFile("models/digits.onnx");
    const model = readModel(bytes);
    const weight = model.graph.initializers.get("conv2.weight");
    if (weight?.type !== "float32") throw new Error("the model's weights have other names now");
    const data = weight.data.slice();
    data[100]! += 0.25;
    const initializers = new Map([...model.graph.initializers, ["conv2.weight", { ...weight, data }] as const]);
    const twin = { ...model, graph: { ...model.graph, initializers } };
    const sides = [subjectOf("a.onnx", bytes, runOnCpu), subjectOf("b.onnx", twin, runOnCpu)] as const;
    const feeds = new Map([["input", floats([1, 1, 28, 28], noise(784))]]);
    const result = await trace(...sides, feeds);
    expect(result).toMatchObject({ outcome: "WRONG_RESULT", weightsDiffer: ["conv2"] });
    expect(result.firstDrift).toMatchObject({ name: "conv2", cause: "WRONG_RESULT", originatesHere: true });
    expect(result.firstDrift?.explanation?.wrong[0]?.side).toBe("other");
    // Further on it is passed on, or lost in a Relu.
    for (const { cause } of result.nodes.slice(3)) expect(["INHERITED", "NONE"]).toContain(cause);
  });
});

describe("what marking changes", () => {
  const half = modelOf({
    inputs: { h: ["float16", [2, 2]] },
    nodes: [
      { op: "Mul", inputs: ["h", "h"], outputs: ["squared"] },
      { op: "Cast", inputs: ["squared"], outputs: ["y"], attributes: { to: int(1) } },
    ],
    outputs: ["y"],
  });
  const feeds = new Map([["h", typed("float16", [2, 2], Uint16Array.of(0x3c01, 0xbe00, 0x0101, 0x3fff))]]);

  it("is reported if it changes the outputs, on a runtime that lists its fused nodes and on one that does not", async () => {
    const { cpu, wasm } = sameModel(half);
    const { marking } = await trace(cpu, wasm, feeds);
    for (const effect of [marking.reference, marking.other]) {
      expect(effect.fusionChanged).toBe(true);
      expect(effect.differingElements).toBeGreaterThan(0);
      expect(effect.maxAbs).toBeGreaterThan(0);
    }
  });

  it("is nothing where there is nothing to mark", async () => {
    const one = modelOf({
      inputs: { x: ["float32", [1, 4]] },
      nodes: [{ op: "Exp", inputs: ["x"], outputs: ["y"] }],
      outputs: ["y"],
    });
    const { cpu } = sameModel(one);
    const { marking } = await trace(cpu, { ...cpu }, X);
    expect(marking.reference).toMatchObject({ fusionChanged: false, differingElements: 0, slices: 1 });
  });
});

describe("a side whose bits while serving differ from its bits while traced", () => {
  it("is not called identical", async () => {
    const { cpu } = sameModel(chain(2));
    const moved: TraceSubject = {
      ...cpu,
      evaluator: {
        ...cpu.evaluator,
        evaluate: async (part, feeds) =>
          part.kind === "served" ? new Map([["y", floats([1, 3], [0, 0, 0])]]) : cpu.evaluator.evaluate(part, feeds),
      },
    };
    const result = await trace(cpu, moved, X);
    expect(result).toMatchObject({ outcome: "DRIFT", firstDrift: null });
    expect(result.marking.other.differingElements).toBeGreaterThan(0);
    expect(node(result, "last")?.note).toMatch(/^[1-3] of its elements differ in the served output/);
  });
});

describe("values that are not tensors of numbers", () => {
  const model = modelOf({
    inputs: { x: ["float32", [1, 4]] },
    weights: [floatWeight("w", [4, 3], noise(12))],
    nodes: [
      { name: "cut", op: "SplitToSequence", inputs: ["x"], outputs: ["list"], attributes: { axis: int(1) } },
      { name: "join", op: "ConcatFromSequence", inputs: ["list"], outputs: ["again"], attributes: { axis: int(1) } },
      { name: "linear", op: "MatMul", inputs: ["again", "w"], outputs: ["h"] },
      { name: "words", op: "Cast", inputs: ["h"], outputs: ["text"], attributes: { to: int(8) } },
      { name: "numbers", op: "Cast", inputs: ["text"], outputs: ["y"], attributes: { to: int(1) } },
    ],
    outputs: ["y"],
  });

  it("are skipped with a reason; the rest of the graph is compared", async () => {
    const result = await trace(subjectOf("A", model, runOnCpu), subjectOf("B", model, runOnCpu), X);
    expect(result.outcome).toBe("IDENTICAL");
    expect(result.nodes.map(({ name, elements, note }) => [name, elements, note !== null])).toEqual([
      ["cut", 0, true],
      ["join", 4, false],
      ["linear", 3, false],
      ["words", 0, true],
      ["numbers", 3, false],
    ]);
  });
});

describe("tensors of other types", () => {
  it("are compared bit by bit: int64, bool, several outputs of one node", async () => {
    const sketch = (k: bigint): OnnxModel =>
      modelOf({
        inputs: { n: ["int64", [4]] },
        weights: [
          { name: "k", dims: [4], type: "int64", data: BigInt64Array.of(0n, 0n, k, 0n) },
          { name: "sizes", dims: [2], type: "int64", data: BigInt64Array.of(2n, 2n) },
        ],
        nodes: [
          { name: "plus", op: "Add", inputs: ["n", "k"], outputs: ["sum"] },
          { name: "split", op: "Split", inputs: ["sum", "sizes"], outputs: ["a", "b"], attributes: { axis: int(0) } },
          { name: "less", op: "Less", inputs: ["a", "b"], outputs: ["y"] },
        ],
        outputs: ["y"],
      });
    const feeds = new Map([["n", typed("int64", [4], BigInt64Array.of(5n, 6n, 7n, 8n))]]);
    const sides = [0n, -4n].map((k) => subjectOf(`k ${k}`, sketch(k), runOnCpu));
    const result = await trace(sides[0]!, sides[1]!, feeds, { explain: blaming("WRONG_RESULT").explain });
    expect(
      result.nodes.map(({ name, elements, differingElements, maxAbs }) => [name, elements, differingElements, maxAbs]),
    ).toEqual([
      ["plus", 4, 1, 4],
      ["split", 4, 1, 4],
      ["less", 2, 1, 1],
    ]);
    expect(node(result, "split")).toMatchObject({
      cause: "INHERITED",
      bornElements: 0,
      reproduced: true,
      explainedElements: 1,
    });
  });
});

describe("a source that fails", () => {
  const { cpu, wasm } = sameModel(chain(2));
  const failing = (code: "ORIGIN_UNREACHABLE" | "BACKEND_FAILED", when: (part: Part) => boolean): TraceSubject => ({
    ...wasm,
    evaluator: {
      source: "WASM",
      evaluate: (part, feeds) =>
        when(part) ? Promise.reject(new IsobitError(code, "as planned")) : wasm.evaluator.evaluate(part, feeds),
    },
  });

  it("ends the trace where it cannot be reached or cannot run the model", async () => {
    const gone = failing("ORIGIN_UNREACHABLE", ({ kind }) => kind === "marked");
    await expect(trace(cpu, gone, X)).rejects.toMatchObject({ code: "ORIGIN_UNREACHABLE" });
    const broken = failing("BACKEND_FAILED", ({ kind }) => kind === "served");
    await expect(trace(cpu, broken, X)).rejects.toMatchObject({ code: "BACKEND_FAILED" });
  });

  it("costs one value where that is all it refuses", async () => {
    const picky = failing("BACKEND_FAILED", (part) => part.kind === "marked" && part.outputs.includes("m"));
    const { nodes } = await trace(cpu, picky, X, { explain: () => null });
    expect(nodes.map(({ elements }) => elements)).toEqual([3, 3, 0, 3]);
    expect(nodes[2]?.note).toBe('"m" was not compared: as planned');
  });

  it("leaves a node that it cannot run alone unexplained", async () => {
    const twin = subjectOf("twin", chain(3), runOnCpu);
    const stubborn: TraceSubject = {
      ...twin,
      evaluator: {
        ...twin.evaluator,
        evaluate: (part, feeds) =>
          part.kind === "node"
            ? Promise.reject(new IsobitError("BACKEND_FAILED", "no kernel"))
            : twin.evaluator.evaluate(part, feeds),
      },
    };
    const { nodes } = await trace(cpu, stubborn, X, { explain: () => null });
    expect(nodes[2]).toMatchObject({
      cause: "UNEXPLAINED",
      originatesHere: true,
      bornElements: null,
      note: "Running it alone failed: no kernel",
    });
  });

  it("refuses models that take another number of inputs", async () => {
    const two = modelOf({
      inputs: { x: ["float32", [1, 4]], z: ["float32", [1, 4]] },
      nodes: [{ op: "Add", inputs: ["x", "z"], outputs: ["y"] }],
      outputs: ["y"],
    });
    await expect(trace(cpu, subjectOf("two", two, runOnCpu), X)).rejects.toMatchObject({ code: "BAD_INPUT" });
  });
});
