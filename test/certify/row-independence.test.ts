import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { rowsAreIndependent } from "#core/certify/row-independence.ts";
import { readModel } from "#core/onnx/read.ts";
import type { Attribute, GraphNode, OnnxModel, Tensor } from "#core/onnx/graph.ts";
import { appendConv, appendMatrix } from "./generate/linear.ts";
import { appendPool } from "./generate/moving.ts";
import { appendClamp, appendRequantise, appendRounding } from "./generate/pointwise.ts";
import { seedOf } from "./generate/tape.ts";
import { evaluate } from "./oracle/evaluate.ts";
import { toFloats, type Exact } from "./oracle/exact.ts";
import { attempt, type Trial } from "./trial.ts";

const int = (value: number): Attribute => ({ kind: "int", value: BigInt(value) });
const ints = (...values: number[]): Attribute => ({ kind: "ints", value: values.map(BigInt) });
const floats = (dims: number[]): Tensor => ({
  name: "",
  type: "float32",
  dims,
  data: new Float32Array(dims.reduce((product, size) => product * size, 1)),
});
const shape = (...to: number[]): Tensor => ({
  name: "",
  type: "int64",
  dims: [to.length],
  data: BigInt64Array.from(to, BigInt),
});

/** One node from "x" (of the given shape) and "c" to "y". */
function oneNode(
  op: string,
  dims: number[],
  options: { inputs?: string[]; c?: Tensor; attributes?: Record<string, Attribute>; domain?: string } = {},
): OnnxModel {
  const node: GraphNode = {
    name: op,
    op,
    domain: options.domain ?? "",
    inputs: options.inputs ?? ["x", ...(options.c ? ["c"] : [])],
    outputs: ["y"],
    attributes: new Map(Object.entries(options.attributes ?? {})),
  };
  const value = (name: string, of: number[] | null) => ({ name, elementType: "float32", shape: of, dimNames: [] });
  return {
    irVersion: 8,
    opsets: new Map([["", 17]]),
    producer: "",
    functions: [],
    graph: {
      name: "",
      nodes: [node],
      inputs: [value("x", dims)],
      weightInputs: [],
      outputs: [value("y", null)],
      initializers: new Map(options.c ? [["c", { ...options.c, name: "c" }]] : []),
      valueInfo: [],
    },
  };
}

const OFTEN_INDEPENDENT = [appendConv, appendMatrix, appendPool, appendClamp, appendRounding, appendRequantise];

describe("rows of a batch", () => {
  it("are independent in the shipped exact model", async () => {
    const bytes = await readFile(new URL("../../models/digits-exact.onnx", import.meta.url));
    expect(rowsAreIndependent(readModel(bytes))).toBe(true);
  });

  it.each<[string, OnnxModel]>([
    ["Relu", oneNode("Relu", [-1, 4])],
    ["Conv", oneNode("Conv", [-1, 1, 4, 4], { c: floats([2, 1, 2, 2]) })],
    ["Gemm", oneNode("Gemm", [-1, 4], { c: floats([4, 3]) })],
    ["MatMul by weights", oneNode("MatMul", [-1, 4], { c: floats([4, 3]) })],
    ["Flatten at axis 1", oneNode("Flatten", [-1, 2, 2])],
    ["Reshape that copies the batch", oneNode("Reshape", [-1, 2, 2], { c: shape(0, -1) })],
    ["Abs", oneNode("Abs", [-1, 4])],
    ["Sum of one number per column", oneNode("Sum", [-1, 4], { c: floats([4]) })],
    ["Mul by one number per channel", oneNode("Mul", [-1, 2, 2, 2], { c: floats([1, 2, 1, 1]) })],
  ])("are independent through %s", (_what, model) => {
    expect(rowsAreIndependent(model)).toBe(true);
  });

  it.each<[string, OnnxModel]>([
    ["Transpose", oneNode("Transpose", [-1, 4], { attributes: { perm: ints(1, 0) } })],
    ["Gemm of the transposed batch", oneNode("Gemm", [-1, 4], { c: floats([4, 3]), attributes: { transA: int(1) } })],
    ["MatMul from the left", oneNode("MatMul", [-1, 4], { inputs: ["c", "x"], c: floats([3, 2]) })],
    ["MatMul with itself", oneNode("MatMul", [-1, 4], { inputs: ["x", "x"] })],
    ["Reshape to -1", oneNode("Reshape", [-1, 2, 2], { c: shape(-1, 8) })],
    ["Flatten at axis 0", oneNode("Flatten", [-1, 2, 2], { attributes: { axis: int(0) } })],
    ["Slice", oneNode("Slice", [-1, 4], { c: shape(0) })],
    ["Concat", oneNode("Concat", [-1, 4], { inputs: ["x", "x"], attributes: { axis: int(0) } })],
    ["Sum of one number per row", oneNode("Sum", [-1, 4], { c: floats([3, 1]) })],
    ["Add of one number per row", oneNode("Add", [-1, 4], { c: floats([3, 1]) })],
    ["Add that raises the rank", oneNode("Add", [-1, 4], { c: floats([2, 1, 4]) })],
    ["an operator of another domain", oneNode("Relu", [-1, 4], { domain: "com.example" })],
    ["a fixed batch", oneNode("Relu", [8, 4])],
  ])("are not called independent through %s", (_what, model) => {
    expect(rowsAreIndependent(model)).toBe(false);
  });

  it("give the same numbers one by one in random graphs that are called independent", () => {
    const trials = Array.from({ length: 700 }, (_, at) => attempt(seedOf("rows", at), {}, OFTEN_INDEPENDENT))
      .flatMap((tried) => (tried.kind === "ready" ? [tried.trial] : []))
      .filter(({ model, input }) => input.dims[0]! > 1 && rowsAreIndependent(model));
    expect(trials.length).toBeGreaterThan(30);
    for (const trial of trials) expect(rowByRow(trial)).toEqual([...trial.expected]);
  });
});

function rowByRow({ model, input }: Trial): readonly number[] {
  const [batch, ...sizes] = input.dims as [number, ...number[]];
  const size = input.data.length / batch;
  return Array.from({ length: batch }, (_, row) => {
    const truths = evaluate(model, input.data.slice(row * size, (row + 1) * size), [1, ...sizes]);
    return [...toFloats(truths.get(model.graph.outputs[0]!.name)!.value as Exact)!];
  }).flat();
}
