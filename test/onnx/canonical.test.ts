import { describe, expect, it } from "vitest";
import { canonical, withTrueOutputs } from "#core/onnx/canonical.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { floats, model, node, value } from "./build.ts";

const NODES = [node("Relu", ["x"], ["r"]), node("Add", ["r", "w"], ["y"])];
const WEIGHTS = [floats("w", [1], () => 1)];

function form(parts: Partial<Parameters<typeof model>[0]>): ReturnType<typeof canonical> {
  return canonical(model({ nodes: NODES, weights: WEIGHTS, ...parts }));
}

describe("the canonical form of a model", () => {
  it("leaves out declared shapes of inner values, and reports it", () => {
    const { model: slim, adaptations } = form({ valueInfo: [value("r", [1, 1, 4, 4])] });
    expect(slim.graph.valueInfo).toEqual([]);
    expect(adaptations).toEqual([expect.stringMatching(/^Shapes noted for values inside the graph were left out/)]);
  });

  it("makes constants of weights that a caller may replace, in an IR version that has constants", () => {
    const { model: slim, adaptations } = form({ irVersion: 3, weightInputs: [value("w", [1])] });
    expect(slim).toMatchObject({ irVersion: 4, graph: { weightInputs: [] } });
    expect(slim.graph.initializers.has("w")).toBe(true);
    expect(adaptations).toEqual([expect.stringMatching(/became constants/)]);
  });

  it("leaves out nodes and weights that no output needs", () => {
    const nodes = [...NODES, node("Exp", ["r"], ["unread"]), node("Mul", ["unread", "v"], ["too"])];
    const { model: slim, adaptations } = form({ nodes, weights: [...WEIGHTS, floats("v", [1], () => 2)] });
    expect(slim.graph.nodes.map(({ op }) => op)).toEqual(["Relu", "Add"]);
    expect([...slim.graph.initializers.keys()]).toEqual(["w"]);
    expect(adaptations).toEqual(["2 nodes that no output depends on were left out."]);
  });

  it("treats axes of the input that share a name as independent sizes", () => {
    const { model: slim, adaptations } = form({ inputs: [value("x", ["N", "N", "M", 4])] });
    expect(slim.graph.inputs[0]).toMatchObject({ shape: [-1, -1, -1, 4], dimNames: ["N", null, "M", null] });
    expect(adaptations).toEqual([expect.stringMatching(/^Axes of the input that share a name/)]);
  });

  it("leaves out operator sets that no node uses", () => {
    const given = model({ nodes: NODES, weights: WEIGHTS });
    const opsets = new Map([...given.opsets, ["com.example", 3]]);
    expect([...canonical({ ...given, opsets }).model.opsets]).toEqual([["", 17]]);
  });

  it("refuses functions defined in the model, whose bodies are not read", () => {
    const own: OnnxModel = { ...model({ nodes: NODES, weights: WEIGHTS }), functions: [{ domain: "", name: "Relu" }] };
    expect(() => canonical(own)).toThrow(/defines its own function "Relu"/);
  });

  it("of a canonical form is itself, byte for byte", () => {
    const { model: slim } = form({ valueInfo: [value("r", [1])], weightInputs: [value("w", [1])] });
    const bytes = writeModel(slim);
    const again = canonical(readModel(bytes));
    expect(again.adaptations).toEqual([]);
    expect(writeModel(again.model)).toEqual(bytes);
  });
});

describe("the shape of an output", () => {
  const given = form({ outputs: [value("y", ["N", 10])] });

  it.each<[string, readonly (number | string)[] | null, boolean]>([
    ["that is true stays", ["N", 10], true],
    ["of another rank goes", ["N", 1, 10], false],
    ["of another size goes", ["N", 11], false],
    ["of which a fixed size is not known goes", ["N", "M"], false],
    ["whose dynamic size goes by another's name goes", ["2*N", 10], false],
    ["whose rank is not known goes", null, false],
  ])("%s", (_what, truth, stays) => {
    const { model: settled, adaptations } = withTrueOutputs(given, () => truth);
    expect(settled.graph.outputs[0]?.shape).toEqual(stays ? [-1, 10] : null);
    expect(adaptations).toHaveLength(stays ? 0 : 1);
  });
});
