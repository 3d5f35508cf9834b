import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compare } from "#library/compare/compare.ts";
import type { CompareOptions } from "#library/compare/options.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import type { RunReport } from "#library/report/run-report.ts";
import { ints } from "../certify/graphs/sketch.ts";
import { floats, int, int64s, model, node, uneven, value } from "../onnx/build.ts";
import { npyBytes } from "../support/npy.ts";

/* A difference to saved outputs is judged where the node's inputs are known: either side may be wrong, or neither. */

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "isobit-judged-"))));
afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function compared(
  from: OnnxModel,
  saved: { readonly dims: readonly number[]; readonly data: Float32Array },
  options: CompareOptions,
): Promise<RunReport> {
  const path = join(folder, "saved.npy");
  await writeFile(path, npyBytes("<f4", [...saved.dims], saved.data));
  const { report } = await compare(writeModel(from), { backends: ["CPU"], whole: true, expected: [path], ...options });
  return report;
}

const tensor = (dims: readonly number[], data: Float32Array) => ({ type: "float32", dims, data });

const explanationIn = ({ traces }: RunReport) => traces[0]?.firstDrift?.explanation;

/** 2x3 maxima of 2x2 windows, unpooled into a larger output than the windows cover. */
const unpool = (): OnnxModel =>
  model({
    nodes: [node("MaxUnpool", ["x", "places", "larger"], ["y"], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) })],
    inputs: [value("x", [1, 1, 2, 3])],
    outputs: [value("y", [1, 1, 5, 7])],
    weights: [{ ...int64s("places", [0, 3, 10, 13, 20, 23]), dims: [1, 1, 2, 3] }, int64s("larger", [1, 1, 5, 7])],
  });

/** Indices count through the 4x6 that the windows cover, as ONNX's reference implementation has it. */
function unpooled(values: readonly number[]): Float32Array {
  const data = new Float32Array(35);
  for (const [at, place] of [0, 3, 10, 13, 20, 23].entries())
    data[7 * Math.floor(place / 6) + (place % 6)] = values[at]!;
  return data;
}

const doubling = (): OnnxModel =>
  model({ nodes: [node("Add", ["x", "x"], ["y"])], inputs: [value("x", [4])], outputs: [value("y", [4])] });

const X = Float32Array.of(1, 2, 3, -4);
const Y = Float32Array.of(2, 4, 6, -8);
const FEED = { tensors: { x: tensor([4], X) } };

describe("a backend that differs from saved outputs", () => {
  it("is wrong where MaxUnpool puts a value at another place", async () => {
    const values = [1, 2, 3, 4, 5, 6];
    const report = await compared(
      unpool(),
      { dims: [1, 1, 5, 7], data: unpooled(values) },
      { tensors: { x: tensor([1, 1, 2, 3], Float32Array.from(values)) } },
    );
    expect(report.outcome).toBe("WRONG_RESULT");
    expect(explanationIn(report)).toMatchObject({ cause: "WRONG_RESULT", wrong: [{ side: "reference" }] });
  });

  it("is wrong where ReduceMin returns neither NaN nor the minimum, also if it is not the reference", async () => {
    const minimum = model({
      nodes: [node("ReduceMin", ["x"], ["y"], { axes: ints([1]), keepdims: int(0) })],
      inputs: [value("x", [2, 4])],
      outputs: [value("y", [2])],
    });
    const data = Float32Array.of(Infinity, NaN, 2.5, 1, 4, 3, 2, 1);
    const saved = { dims: [2], data: Float32Array.of(NaN, 1) };
    const report = await compared(minimum, saved, { tensors: { x: tensor([2, 4], data) }, reference: "expected" });
    expect(report.outcome).toBe("WRONG_RESULT");
    expect(report.traces[0]).toMatchObject({ reference: "expected", other: "CPU" });
    expect(explanationIn(report)?.wrong).toMatchObject([{ side: "other", elements: 1 }]);
  });

  it("is not wrong where the saved output is, which is said", async () => {
    const report = await compared(doubling(), { dims: [4], data: Y.with(1, 5) }, FEED);
    expect(report).toMatchObject({ outcome: "DRIFT", traces: [{ outcome: "DRIFT", other: "expected" }] });
    expect(explanationIn(report)?.wrong).toMatchObject([{ side: "other", elements: 1, index: 1, value: 5, exact: 4 }]);
  });

  it("is not wrong where a tolerance passes what was saved", async () => {
    const report = await compared(
      doubling(),
      { dims: [4], data: Y.with(1, 4.000001) },
      { ...FEED, tolerance: { abs: 1e-5 } },
    );
    expect(report.outcome).toBe("WITHIN_TOLERANCE");
  });

  it("is judged behind nodes that only copy", async () => {
    const copied = model({
      nodes: [node("Reshape", ["x", "square"], ["s"]), node("Transpose", ["s"], ["t"]), node("Add", ["t", "t"], ["y"])],
      inputs: [value("x", [4])],
      outputs: [value("y", [2, 2])],
      weights: [int64s("square", [2, 2])],
    });
    const report = await compared(copied, { dims: [2, 2], data: Float32Array.of(2, 6, 4, 99) }, FEED);
    expect(report.traces[0]?.nodes.map(({ op }) => op)).toEqual(["Add"]);
    expect(explanationIn(report)?.wrong).toMatchObject([{ side: "other", index: 3, value: 99, exact: -8 }]);
  });

  it("may be within the rounding that both sides are allowed", async () => {
    const product = model({
      nodes: [node("MatMul", ["x", "w"], ["y"])],
      inputs: [value("x", [1, 256])],
      outputs: [value("y", [1, 8])],
      weights: [floats("w", [256, 8], uneven)],
    });
    const x = Float32Array.from({ length: 256 }, (_, index) => uneven(index + 5000));
    const exact = Float32Array.from({ length: 8 }, (_, column) =>
      x.reduce((sum, each, row) => sum + each * Math.fround(uneven(8 * row + column)), 0),
    );
    const report = await compared(product, { dims: [1, 8], data: exact }, { tensors: { x: tensor([1, 256], x) } });
    expect(report.outcome).toBe("DRIFT");
    expect(explanationIn(report)).toMatchObject({ wrong: [], bound: { worstShare: expect.any(Number) } });
  });

  it("is not judged where the node's inputs were computed, since the saved ones are unknown", async () => {
    const deep = model({
      nodes: [node("Add", ["x", "x"], ["h"]), node("Relu", ["h"], ["y"])],
      inputs: [value("x", [4])],
      outputs: [value("y", [4])],
    });
    const report = await compared(deep, { dims: [4], data: Float32Array.of(2, 5, 6, 0) }, { ...FEED, trace: "all" });
    expect(report).toMatchObject({ outcome: "DRIFT", traces: [] });
  });
});
