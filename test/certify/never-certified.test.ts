import { describe, expect, test } from "vitest";
import type { Attribute, OnnxModel } from "#core/onnx/graph.ts";
import { float, int, ints, type Sketch } from "./graphs/sketch.ts";
import { domain, modelWith, IMAGE, reason } from "./reasons.ts";

const refused = (build: (sketch: Sketch) => string): string | null => reason(modelWith(build), domain(IMAGE));

describe("operators that no rule covers are refused by name, with what to do", () => {
  test.each([
    ["Softmax", /isobit computes it from the logits on the host/],
    ["Sigmoid", /Use Relu or Clip/],
    ["Tanh", /Use Relu or Clip/],
    ["Exp", /There is no rule for Exp/],
    ["LSTM", /There is no rule for LSTM/],
    ["BatchNormalization", /Fold it into the Conv/],
    ["LeakyRelu", /multiplies by its alpha/],
    ["ConvTranspose", /Use Conv and DepthToSpace/],
    ["QLinearConv", /saturate/],
    ["If", /without branches and loops/],
  ])("%s", (op, because) => {
    expect(refused((sketch) => sketch.node(op, ["x"]))).toMatch(because);
  });

  test("Div, even by a power of two", () => {
    expect(refused((sketch) => sketch.node("Div", ["x", sketch.scalar(4)]))).toMatch(/not even by a power of two/);
  });

  test("operators of other domains and those defined in the model", () => {
    expect(refused((sketch) => sketch.node("Relu", ["x"], {}, "com.microsoft"))).toMatch(/defined by com.microsoft/);
    const model = modelWith((sketch) => sketch.node("Relu", ["x"]));
    const own: OnnxModel = { ...model, functions: [{ domain: "", name: "Relu" }] };
    expect(reason(own, domain(IMAGE))).toMatch(/defined by the model itself/);
  });

  test("an attribute that the rule does not support", () => {
    expect(refused((sketch) => sketch.node("Relu", ["x"], { slope: float(0.1) }))).toMatch(/Its attribute "slope"/);
  });

  test("an attribute of another kind than ONNX's, even where it would not matter", () => {
    const picked = (axis: Attribute) =>
      refused((sketch) => {
        const size = sketch.node("Gather", [sketch.node("Shape", ["x"]), sketch.integers([0])], { axis });
        return sketch.node("Reshape", ["x", sketch.node("Concat", [size, sketch.integers([-1])], { axis: int(0) })]);
      });
    expect(picked(int(0))).toBeNull();
    expect(picked(float(0))).toMatch(/^Gather: .*axis/);
  });
});

describe("what a rule asks of an operator's form", () => {
  const conv = (sketch: Sketch, weights: string, attributes: Record<string, Attribute> = {}): string =>
    sketch.node("Conv", ["x", weights, sketch.floats([0])], attributes);

  test("weights are constants", () => {
    expect(refused((sketch) => sketch.node("MatMul", ["x", "x"]))).toMatch(/weights .* depend on the model's input/);
    expect(refused((sketch) => sketch.node("Mul", ["x", "x"]))).toMatch(/two tensors that both depend on the input/);
  });

  test("weights are finite float32", () => {
    expect(refused((sketch) => conv(sketch, sketch.floats([Infinity], [1, 1, 1, 1])))).toMatch(/NaN or infinite/);
    expect(refused((sketch) => sketch.node("Add", ["x", sketch.integers([1])]))).toMatch(
      /holds integers; the proof covers only float32/,
    );
  });

  test("shapes fit", () => {
    expect(refused((sketch) => conv(sketch, sketch.floats([1, 1], [1, 2, 1, 1])))).toMatch(/do not fit an input/);
    expect(
      refused((sketch) =>
        conv(
          sketch,
          sketch.floats(
            Array.from({ length: 25 }, () => 1),
            [1, 1, 5, 5],
          ),
        ),
      ),
    ).toMatch(/larger than its padded input/);
    expect(refused((sketch) => conv(sketch, sketch.floats([1], [1, 1, 1, 1]), { strides: ints([1]) }))).toMatch(
      /2 numbers of at least 1 are needed/,
    );
    expect(refused((sketch) => sketch.node("Add", ["x", sketch.floats([1, 1, 1])]))).toMatch(/do not broadcast/);
  });

  test("a MaxPool that answers indices too is refused", () => {
    const model = modelWith((sketch) => sketch.node("MaxPool", ["x"], { kernel_shape: ints([2, 2]) }));
    const [node] = model.graph.nodes;
    const both = { ...model, graph: { ...model.graph, nodes: [{ ...node!, outputs: [...node!.outputs, "indices"] }] } };
    expect(reason(both, domain(IMAGE))).toMatch(/indices of the maxima/);
  });

  test("a Cast to another type is refused", () => {
    expect(refused((sketch) => sketch.node("Cast", ["x"], { to: int(10) }))).toMatch(/changes the element type/);
  });
});

describe("what a model as a whole must be", () => {
  test("one input of float32", () => {
    const model = modelWith((sketch) => sketch.node("Relu", ["x"]));
    const twice = {
      ...model,
      graph: { ...model.graph, inputs: [...model.graph.inputs, { ...model.graph.inputs[0]!, name: "y" }] },
    };
    expect(reason(twice, domain(IMAGE))).toMatch(/has 2 inputs/);
    const bytes = {
      ...model,
      graph: { ...model.graph, inputs: [{ ...model.graph.inputs[0]!, elementType: "uint8" }] },
    };
    expect(reason(bytes, domain(IMAGE))).toMatch(/input holds uint8/);
  });

  test("outputs that nodes make", () => {
    const model = modelWith((sketch) => sketch.node("Relu", ["x"]));
    const missing = { ...model, graph: { ...model.graph, outputs: [{ ...model.graph.outputs[0]!, name: "nowhere" }] } };
    expect(reason(missing, domain(IMAGE))).toMatch(/No certified node produces the output "nowhere"/);
    expect(refused((sketch) => sketch.node("Shape", ["x"]))).toMatch(/is not float32/);
  });

  test("what is refused leaves the rest of the report to speak for itself", () => {
    expect(refused((sketch) => sketch.node("Relu", [sketch.node("Exp", ["x"])]))).toMatch(/^Exp: /);
  });

  test("a node that no output depends on is left out, as optimisers do", () => {
    expect(
      refused((sketch) => {
        sketch.node("Exp", ["x"]);
        return sketch.node("Relu", ["x"]);
      }),
    ).toBeNull();
  });
});
