import { describe, expect, it } from "vitest";
import { compare } from "#library/compare/compare.ts";
import { IsobitError } from "#core/errors.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import { shapeValues } from "#core/onnx/index-values.ts";
import type { TraceResult } from "#core/trace/result.ts";
import { trace, type TraceSubject } from "#core/trace/trace.ts";
import { unknownTexts } from "#library/report/reason.ts";
import { int } from "../certify/graphs/sketch.ts";
import { skippedFor, webgpuMissing } from "../support/missing.ts";
import { floats, floatWeight, graphOf, intWeight, modelOf, noise } from "./graphs.ts";
import { sameModel } from "./sources.ts";

/* A value that a source refuses to expose is unknown; everything next to it is still compared, run alone and explained. */

const SIZE = 64;

/**
 * matmul -> relu -> Reshape, whose target is computed from a shape as PyTorch exports it -> matmul2. ONNX Runtime fuses
 * the shape chain into the Reshape unless one of its values is exposed.
 */
function withShapeChain(rows: number | "dynamic" = 4): OnnxModel {
  return modelOf({
    inputs: { x: ["float32", [rows === "dynamic" ? -1 : rows, SIZE]] },
    weights: [
      floatWeight("w", [SIZE, SIZE], noise(SIZE * SIZE)),
      floatWeight("w2", [SIZE, 8], noise(SIZE * 8, 3)),
      intWeight("zero", [], [0]),
      intWeight("axes", [1], [0]),
      intWeight("rest", [1], [SIZE]),
    ],
    nodes: [
      { name: "matmul", op: "MatMul", inputs: ["x", "w"], outputs: ["a"] },
      { name: "relu", op: "Relu", inputs: ["a"], outputs: ["r"] },
      { name: "shape", op: "Shape", inputs: ["r"], outputs: ["s"] },
      { name: "gather", op: "Gather", inputs: ["s", "zero"], outputs: ["g"], attributes: { axis: int(0) } },
      { name: "unsqueeze", op: "Unsqueeze", inputs: ["g", "axes"], outputs: ["u"] },
      { name: "concat", op: "Concat", inputs: ["u", "rest"], outputs: ["target"], attributes: { axis: int(0) } },
      { name: "reshape", op: "Reshape", inputs: ["r", "target"], outputs: ["f"] },
      { name: "matmul2", op: "MatMul", inputs: ["f", "w2"], outputs: ["y"] },
    ],
    outputs: ["y"],
  });
}

const SHAPES = ["s", "g", "u", "target"];

const X = new Map([["x", floats([4, SIZE], noise(4 * SIZE, 7))]]);

/** A source that refuses to expose some values, as a GPU does whose session must not fall back to the CPU. */
function refusing(source: TraceSubject, refused: ReadonlySet<string>, marked: string[][] = []): TraceSubject {
  return {
    ...source,
    evaluator: {
      ...source.evaluator,
      evaluate: (part, feeds) => {
        if (part.kind === "marked") marked.push([...part.outputs]);
        return part.kind === "marked" && part.outputs.some((name) => refused.has(name))
          ? Promise.reject(new IsobitError("BACKEND_FAILED", "it falls back to the CPU"))
          : source.evaluator.evaluate(part, feeds);
      },
    },
  };
}

const introducedIn = ({ nodes }: TraceResult): Record<string, number | null> =>
  Object.fromEntries(nodes.map(({ name, bornElements }) => [name, bornElements]));

describe("values that one source refuses to expose", () => {
  it("do not keep the nodes before and after them from being run alone and explained", async () => {
    const { cpu, wasm } = sameModel(withShapeChain());
    const whole = await trace(cpu, wasm, X);
    const result = await trace(cpu, refusing(wasm, new Set(SHAPES)), X);
    expect(result.nodes.map(({ name, elements }) => [name, elements])).toEqual([
      ["matmul", 256],
      ["relu", 256],
      ["shape", 0],
      ["gather", 0],
      ["unsqueeze", 0],
      ["concat", 0],
      ["reshape", 256],
      ["matmul2", 32],
    ]);
    expect(result.firstDrift).toEqual(whole.firstDrift);
    expect(result.firstDrift).toMatchObject({ name: "matmul", reproduced: true, note: null });
    expect(introducedIn(result)).toMatchObject({ matmul: introducedIn(whole)["matmul"], relu: 0, reshape: 0 });
    // Its own input on WASM is unknown, so it cannot be run on it again.
    expect(result.nodes.find(({ name }) => name === "reshape")?.reproduced).toBeNull();
    expect(result.nodes.find(({ name }) => name === "concat")?.note).toBe(
      '"target" was not compared: it falls back to the CPU',
    );
    expect(unknownTexts({ ...result, input: "x" })).toEqual([
      "Unknown: shape (Shape), gather (Gather), unsqueeze (Unsqueeze), concat (Concat). Not compared: it falls back to the CPU",
    ]);
  });

  it("leave only their own readers unknown where the reference refuses them", async () => {
    const { cpu, wasm } = sameModel(withShapeChain());
    const result = await trace(refusing(cpu, new Set(SHAPES)), wasm, X);
    expect(introducedIn(result)).toMatchObject({ matmul: expect.any(Number), relu: 0, reshape: null });
    expect(result.nodes.find(({ name }) => name === "reshape")?.note).toBe(
      'Running it alone failed: its input "target" cannot be read: it falls back to the CPU',
    );
  });

  it("are all found where there are more than a few, and cost no other value", async () => {
    const names = Array.from({ length: 48 }, (_, index) => `v${index}`);
    const model = modelOf({
      inputs: { x: ["float32", [4, SIZE]] },
      weights: [floatWeight("w", [SIZE, SIZE], noise(SIZE * SIZE))],
      nodes: [
        { name: "matmul", op: "MatMul", inputs: ["x", "w"], outputs: ["a"] },
        ...names.map((name, index) => ({
          name,
          op: index % 2 === 0 ? "Neg" : "Abs",
          inputs: [index === 0 ? "a" : names[index - 1]!],
          outputs: [name],
        })),
        { name: "last", op: "Relu", inputs: [names.at(-1)!], outputs: ["y"] },
      ],
      outputs: ["y"],
    });
    const { cpu, wasm } = sameModel(model);
    const refused = new Set(names.filter((_, index) => index % 2 === 0));
    const { nodes } = await trace(cpu, refusing(wasm, refused), X);
    expect(nodes.filter(({ elements }) => elements === 0).map(({ name }) => name)).toEqual([...refused]);
    expect(nodes.at(-1)).toMatchObject({ elements: 256 });
  });

  it("are found on the real runtimes: a sequence costs itself and the node that reads it", async () => {
    const model = modelOf({
      inputs: { x: ["float32", [4, SIZE]] },
      weights: [
        floatWeight("w", [SIZE, SIZE], noise(SIZE * SIZE)),
        floatWeight("w2", [SIZE, 8], noise(SIZE * 8, 3)),
        intWeight("rows", [], [2]),
        intWeight("zero", [], [0]),
      ],
      nodes: [
        { name: "matmul", op: "MatMul", inputs: ["x", "w"], outputs: ["a"] },
        { name: "split", op: "SplitToSequence", inputs: ["a", "rows"], outputs: ["s"] },
        { name: "first", op: "SequenceAt", inputs: ["s", "zero"], outputs: ["p"] },
        { name: "matmul2", op: "MatMul", inputs: ["p", "w2"], outputs: ["y"] },
      ],
      outputs: ["y"],
    });
    const { cpu, wasm } = sameModel(model);
    const result = await trace(cpu, wasm, X);
    expect(result.firstDrift).toMatchObject({ name: "matmul", reproduced: true, note: null });
    expect(introducedIn(result)).toMatchObject({ split: null, first: null, matmul2: expect.any(Number) });
    expect(unknownTexts({ ...result, input: "x" }).map((text) => text.split(":").slice(0, 2).join(":"))).toEqual([
      "Unknown: split (SplitToSequence). Not compared",
      "Unknown: first (SequenceAt). Running it alone failed",
    ]);
  });

  it("are divided from the values that are computed from data before anything is halved", async () => {
    const { cpu, wasm } = sameModel(withShapeChain());
    const marked: string[][] = [];
    await trace(cpu, refusing(wasm, new Set(SHAPES), marked), X, { explain: () => null });
    expect(marked[0]).toEqual(expect.arrayContaining(["a", "r", "f", ...SHAPES]));
    expect(marked[1]).toEqual(["a", "r", "f"]);
  });
});

describe("the values that are computed from shapes alone", () => {
  it("are those of a chain, but not what it shapes, nor a constant", () => {
    expect([...shapeValues(withShapeChain().graph)]).toEqual(SHAPES);
    const graph = graphOf({
      weights: [intWeight("k", [1], [1])],
      nodes: [
        { op: "Size", inputs: ["x"], outputs: ["size"] },
        { op: "Add", inputs: ["k", "k"], outputs: ["two"] },
        { op: "Mul", inputs: ["size", "two"], outputs: ["twice"] },
        { op: "Add", inputs: ["twice", "n"], outputs: ["computed"] },
      ],
      outputs: ["computed"],
    });
    expect([...shapeValues(graph)]).toEqual(["size", "twice"]);
  });
});

describe("on WEBGPU", skippedFor(webgpuMissing()), () => {
  it("a shape chain that its kernels absorb leaves every other node explained", async () => {
    const { report } = await compare(writeModel(withShapeChain("dynamic")), {
      backends: ["CPU", "WEBGPU"],
      reference: "CPU",
      tensors: { x: { type: "float32", dims: [4, SIZE], data: Float32Array.from(noise(4 * SIZE, 7)) } },
      whole: true,
    });
    const [traced] = report.traces;
    expect(traced?.firstDrift).toMatchObject({ name: "matmul", reproduced: true });
    const unknown = traced?.nodes.filter(({ elements }) => elements === 0).map(({ name }) => name);
    expect(unknown).toEqual(expect.arrayContaining(["gather", "concat"]));
    expect(unknown).not.toEqual(expect.arrayContaining(["reshape"]));
    for (const { differingElements, bornElements } of traced?.nodes ?? []) {
      if (differingElements > 0) expect(bornElements).not.toBeNull();
    }
  });
});
