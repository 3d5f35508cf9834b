import { describe, expect, it } from "vitest";
import type { Attribute, Graph, OnnxModel } from "#core/onnx/graph.ts";
import { sameAttributes } from "#core/trace/attributes.ts";
import type { TraceResult } from "#core/trace/result.ts";
import { trace } from "#core/trace/trace.ts";
import type { NamedTensors, TensorValue } from "#core/tensors/tensor-value.ts";
import { float, int, ints, text } from "../certify/graphs/sketch.ts";
import { floats, floatWeight, graphOf, type GraphSketch, modelOf, type NodeSketch, typed } from "./graphs.ts";
import { runOnCpu, subjectOf } from "./sources.ts";

/* Twins that differ in their wiring, attributes or bodies rather than in a weight; the explainer is the real one. */

async function traceTwins(left: OnnxModel, right: OnnxModel, feeds: NamedTensors): Promise<TraceResult> {
  return trace(subjectOf("a.onnx", left, runOnCpu), subjectOf("b.onnx", right, runOnCpu), feeds);
}

const causes = ({ nodes }: TraceResult): unknown[] => nodes.map(({ name, cause }) => [name, cause]);

const node = (result: TraceResult, name: string): TraceResult["nodes"][number] =>
  result.nodes.find((each) => each.name === name)!;

const X = new Map([["x", floats([1, 4], [1, -2, 3, -4])]]);

const INPUT = { x: ["float32", [1, 4]] } as const;

describe("a twin with other wiring", () => {
  /** x -> e, t -> minus -> last */
  const minus = (inputs: readonly string[], scale = 2): OnnxModel =>
    modelOf({
      inputs: INPUT,
      weights: [floatWeight("s", [], [scale])],
      nodes: [
        { name: "first", op: "Abs", inputs: ["x"], outputs: ["e"] },
        { name: "second", op: "Mul", inputs: ["x", "s"], outputs: ["t"] },
        { name: "minus", op: "Sub", inputs, outputs: ["d"] },
        { name: "last", op: "Relu", inputs: ["d"], outputs: ["y"] },
      ],
      outputs: ["y"],
    });

  it("is wrong in the node whose inputs are swapped, and what follows inherits", async () => {
    const result = await traceTwins(minus(["e", "t"]), minus(["t", "e"]), X);
    expect(result).toMatchObject({ outcome: "WRONG_RESULT", weightsDiffer: [] });
    expect(causes(result)).toEqual([
      ["first", "NONE"],
      ["second", "NONE"],
      ["minus", "WRONG_RESULT"],
      ["last", "INHERITED"],
    ]);
    expect(node(result, "minus")).toMatchObject({ originatesHere: true, bornElements: 4, reproduced: true });
    expect(node(result, "minus").explanation?.wrong).toMatchObject([{ side: "other", elements: 4 }]);
  });

  it("is wrong in both where a weight before the swap differs too", async () => {
    const result = await traceTwins(minus(["e", "t"]), minus(["t", "e"], 2.5), X);
    expect(causes(result).slice(1, 3)).toEqual([
      ["second", "WRONG_RESULT"],
      ["minus", "WRONG_RESULT"],
    ]);
    expect(node(result, "minus")).toMatchObject({ originatesHere: false, bornElements: 4, reproduced: true });
  });

  it("is wrong where one of the inputs that are swapped is the graph's own", async () => {
    const result = await traceTwins(minus(["e", "x"]), minus(["x", "e"]), X);
    expect(node(result, "minus")).toMatchObject({ cause: "WRONG_RESULT", originatesHere: true, reproduced: true });
  });

  /** x -> p -> relu -> tanh, which may pass the Relu by. */
  const tanh = (input: string, rename = (name: string): string => name, scale = 2): OnnxModel =>
    modelOf({
      inputs: INPUT,
      weights: [floatWeight("s", [], [scale])],
      nodes: [
        { name: "scaled", op: "Mul", inputs: ["x", "s"], outputs: [rename("p")] },
        { name: "relu", op: "Relu", inputs: [rename("p")], outputs: [rename("r")] },
        { name: "tanh", op: "Tanh", inputs: [rename(input)], outputs: [rename("y")] },
        { name: "sum", op: "Add", inputs: [rename("y"), rename("r")], outputs: ["z"] },
      ],
      outputs: ["z"],
    });

  it.each([
    ["by the same names", (name: string) => name],
    ["by names of its own", (name: string) => `other ${name}`],
  ])("is wrong in the node that reads a value the reference's does not, %s", async (_what, rename) => {
    const result = await traceTwins(tanh("r"), tanh("p", rename), X);
    expect(result.outcome).toBe("WRONG_RESULT");
    expect(result.firstDrift).toMatchObject({ name: "tanh", cause: "WRONG_RESULT", originatesHere: true });
    expect(result.firstDrift).toMatchObject({ bornElements: 2, reproduced: true });
    expect(node(result, "sum").cause).toBe("INHERITED");
  });

  it("is wrong there too when every value is run for again, slice by slice", async () => {
    const sides = [tanh("r"), tanh("p")].map((model, place) => subjectOf(String(place), model, runOnCpu));
    const result = await trace(sides[0]!, sides[1]!, X, { sliceBytes: 1 });
    expect(result.firstDrift).toMatchObject({ name: "tanh", cause: "WRONG_RESULT", bornElements: 2 });
  });

  it("goes by place past a node that only the twin has", async () => {
    const { graph, ...rest } = tanh("r", undefined, 2.5);
    const [scaled, relu, last, sum] = graph.nodes;
    const extra = { ...relu!, name: "extra", op: "Identity", inputs: ["r"], outputs: ["again"] };
    const nodes = [scaled!, relu!, extra, { ...last!, inputs: ["again"] }, sum!];
    const result = await traceTwins(tanh("r"), { ...rest, graph: { ...graph, nodes } }, X);
    expect(result.unmatched).toEqual({ reference: [], other: ["extra"] });
    expect(node(result, "scaled").cause).toBe("WRONG_RESULT");
    expect(node(result, "tanh")).toMatchObject({ cause: "INHERITED", bornElements: 0, originatesHere: false });
  });
});

describe("a twin whose attributes differ", () => {
  const resized = (mode: string): OnnxModel =>
    modelOf({
      inputs: { x: ["float32", [1, 1, 2, 2]] },
      weights: [floatWeight("scales", [4], [1, 1, 2, 2])],
      nodes: [
        { name: "double", op: "Neg", inputs: ["x"], outputs: ["n"] },
        {
          name: "resize",
          op: "Resize",
          inputs: ["n", "", "scales"],
          outputs: ["y"],
          attributes: { mode: text(mode) },
        },
      ],
      outputs: ["y"],
    });

  it("has the node named next to those whose weights differ", async () => {
    const feeds = new Map([["x", floats([1, 1, 2, 2], [1, 2, 3, 5])]]);
    const result = await traceTwins(resized("nearest"), resized("linear"), feeds);
    expect(result.weightsDiffer).toEqual(["resize"]);
    expect(result.firstDrift).toMatchObject({ name: "resize", originatesHere: true });
    expect(result.firstDrift?.bornElements).toBeGreaterThan(0);
    const same = await traceTwins(resized("linear"), resized("linear"), feeds);
    expect(same).toMatchObject({ outcome: "IDENTICAL", weightsDiffer: [] });
  });

  const attribute = (value: Attribute | undefined): Parameters<typeof sameAttributes>[0] =>
    graphOf({ nodes: [{ op: "Any", inputs: [], outputs: [], ...(value && { attributes: { value } }) }], outputs: [] })
      .nodes[0]!;

  const bytes = (word: string): Uint8Array => new TextEncoder().encode(word);

  it.each<[what: string, left: Attribute, right: Attribute | undefined]>([
    ["one that only one states", int(0), undefined],
    ["kinds", int(1), float(1)],
    ["floats' signs of zero", float(0), float(-0)],
    ["texts", text("linear"), text("cubic")],
    ["lists", ints([1, 2]), ints([1, 2, 3])],
    ["lists of floats", { kind: "floats", value: [1] }, { kind: "floats", value: [2] }],
    ["lists of texts", { kind: "strings", value: [bytes("a")] }, { kind: "strings", value: [bytes("b")] }],
    [
      "tensors",
      { kind: "tensor", value: floatWeight("t", [1], [1]) },
      { kind: "tensor", value: floatWeight("t", [1], [2]) },
    ],
    [
      "lists of tensors",
      { kind: "tensors", value: [floatWeight("t", [1], [1])] },
      { kind: "tensors", value: [floatWeight("t", [1, 1], [1])] },
    ],
    ["what is not read", { kind: "opaque", value: { i: 1 } }, { kind: "opaque", value: { i: 2 } }],
  ])("tells %s apart", (_what, left, right) => {
    expect(sameAttributes(attribute(left), attribute(right))).toBe(false);
    expect(sameAttributes(attribute(left), attribute(structuredClone(left)))).toBe(true);
  });
});

describe("a twin whose bodies differ", () => {
  const branches = (then: GraphSketch): NodeSketch => ({
    name: "choice",
    op: "If",
    inputs: ["which"],
    outputs: ["y"],
    attributes: {
      then_branch: { kind: "graph", value: graphOf(then) },
      else_branch: {
        kind: "graph",
        value: graphOf({ nodes: [{ op: "Neg", inputs: ["h"], outputs: ["e"] }], outputs: ["e"] }),
      },
    },
  });
  const choosing = (then: GraphSketch): OnnxModel =>
    modelOf({
      inputs: { ...INPUT, which: ["bool", []] },
      nodes: [{ name: "before", op: "Abs", inputs: ["x"], outputs: ["h"] }, branches(then)],
      outputs: ["y"],
    });
  const feeds: ReadonlyMap<string, TensorValue> = new Map([...X, ["which", typed("bool", [], Uint8Array.of(1))]]);

  const weighted = (value: number): GraphSketch => ({
    weights: [floatWeight("c", [], [value])],
    nodes: [{ op: "Mul", inputs: ["h", "c"], outputs: ["t"] }],
    outputs: ["t"],
  });
  /** The same weight in a Constant node. */
  const held = (value: number): GraphSketch => ({
    nodes: [
      { op: "Constant", inputs: [], outputs: ["k"], attributes: { value_float: float(value) } },
      { op: "Mul", inputs: ["h", "k"], outputs: ["product"] },
    ],
    outputs: ["product"],
  });

  it.each([
    ["a weight", weighted(2), weighted(3)],
    ["a Constant node", held(2), held(3)],
  ])("is named by the If whose branch holds %s", async (_what, left, right) => {
    const result = await traceTwins(choosing(left), choosing(right), feeds);
    expect(result.weightsDiffer).toEqual(["choice"]);
    expect(result.firstDrift).toMatchObject({ name: "choice", originatesHere: true, bornElements: 4 });
  });

  const sub = (first: string, second: string): GraphSketch => ({
    nodes: [
      { op: "Exp", inputs: ["h"], outputs: ["p"] },
      { op: "Sqrt", inputs: ["h"], outputs: ["q"] },
      { op: "Sub", inputs: [first, second], outputs: ["t"] },
    ],
    outputs: ["t"],
  });

  const nested = (value: number): GraphSketch => ({
    weights: [floatWeight("c", [], [value])],
    nodes: [branches({ nodes: [{ op: "Mul", inputs: ["h", "c"], outputs: ["t"] }], outputs: ["t"] })],
    outputs: ["y"],
  });

  it.each<[what: string, left: GraphSketch, right: GraphSketch, same: boolean]>([
    ["names and where a weight is held do not matter", weighted(2), held(2), true],
    ["wiring does", sub("p", "q"), sub("q", "p"), false],
    ["and is the same where it is the same", sub("p", "q"), sub("p", "q"), true],
    [
      "operators do",
      weighted(2),
      { ...weighted(2), nodes: [{ op: "Add", inputs: ["h", "c"], outputs: ["t"] }] },
      false,
    ],
    ["a weight of the body around does", nested(2), nested(3), false],
    ["and is the same where it is equal", nested(2), nested(2), true],
  ])("in a body, %s", (_what, left, right, same) => {
    expect(sameAttributes(ifNode(choosing(left).graph), ifNode(choosing(right).graph))).toBe(same);
  });

  function ifNode({ nodes }: Graph): Parameters<typeof sameAttributes>[0] {
    return nodes.at(-1)!;
  }
});
