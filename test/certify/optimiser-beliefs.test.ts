import { describe, expect, it } from "vitest";
import { certifyAsRun } from "#core/model/certify-as-run.ts";
import type { Attribute, OnnxModel } from "#core/onnx/graph.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { rejectionOf } from "../check/documents.ts";
import { float, ints, Sketch } from "./graphs/sketch.ts";
import { reason, domain } from "./reasons.ts";

/* What an optimiser finds out by computing constants, or takes for one that is two: each of these was certified once. */

const SIZES = [1, 2, 2];
const UNSCALED = { scale: 1, mean: [0], std: [1], invert: false };

function refusal(build: (sketch: Sketch) => string, opset = 17): string | null {
  const sketch = new Sketch(opset);
  return reason(sketch.model({ name: "x", dims: ["N", ...SIZES] }, build(sketch)), domain(SIZES));
}

describe("a constant that an optimiser computes to be 0", () => {
  const five = (sketch: Sketch): string => sketch.floats([5], [1, 1, 1, 1]);

  it.each<[string, (sketch: Sketch) => string]>([
    ["a difference", (sketch) => sketch.node("Sub", [five(sketch), five(sketch)])],
    ["a sum", (sketch) => sketch.node("Add", [five(sketch), sketch.floats([-5], [1, 1, 1, 1])])],
    ["a part", (sketch) => sketch.node("Gather", [sketch.floats([0, 5]), sketch.integers([0])])],
    ["the largest of a window", (sketch) => sketch.node("GlobalMaxPool", [sketch.floats([0, -5], [1, 1, 1, 2])])],
  ])("%s: its addition is dropped and lets a -0 through", (_what, zero) => {
    const signless = (sketch: Sketch): string => sketch.node("Conv", ["x", sketch.floats([-1], [1, 1, 1, 1])]);
    expect(
      refusal((sketch) => sketch.node("Transpose", [sketch.node("Add", [signless(sketch), zero(sketch)])])),
    ).toMatch(/may be -0/);
  });

  it("does not separate two clamps behind a Conv, which WEBGPU merges", () => {
    const sketch = new Sketch();
    const conv = sketch.node("Conv", ["x", sketch.floats([1], [1, 1, 1, 1]), sketch.floats([0])], {
      strides: ints([2, 2]),
    });
    const first = sketch.node("Clip", [conv, sketch.scalar(0), sketch.scalar(6)]);
    const added = sketch.node("Add", [first, sketch.node("Sub", [five(sketch), five(sketch)])]);
    const last = sketch.node("Clip", [added, sketch.scalar(-20), sketch.scalar(20)]);
    const model = sketch.model({ name: "x", dims: ["N", ...SIZES] }, last);
    const found = certifyAsRun(model, UNSCALED, [-1, ...SIZES]);
    if (!found.certified) throw new Error(found.certification.firstFailure.reason);
    expect(found.certification.certificate.covers.map(({ backend }) => backend)).not.toContain("WEBGPU");
    expect(rejectionOf(model, found.certification)).toBeNull();
  });
});

describe("a Constant node with two values", () => {
  it("is refused: readers differ in which one counts", () => {
    const two: Record<string, Attribute> = { value_floats: { kind: "floats", value: [1, 1] }, value_float: float(4) };
    expect(refusal((sketch) => sketch.node("Add", ["x", sketch.node("Constant", [], two)]))).toMatch(
      /^Constant: It has several values/,
    );
  });
});

describe("an attribute of -0", () => {
  it.each<[string, (sketch: Sketch) => string]>([
    ["of Clip's least", (sketch) => sketch.node("Clip", ["x"], { min: float(-0), max: float(9) })],
    ["of Clip's most", (sketch) => sketch.node("Clip", ["x"], { min: float(-9), max: float(-0) })],
    ["of Pad", (sketch) => sketch.node("Pad", ["x"], { pads: ints([0, 0, 1, 0, 0, 0, 0, 0]), value: float(-0) })],
  ])("%s is refused: an optimiser takes two nodes for one whose attributes are equal as numbers", (_what, build) => {
    expect(refusal(build, 10)).toMatch(/is -0, and an optimiser may merge it with a node that has 0/);
  });
});

describe("a name with a NUL", () => {
  it("is refused: behind a runtime's C interface it ends there", () => {
    const sketch = new Sketch();
    const model = sketch.model({ name: "x", dims: ["N", ...SIZES] }, sketch.node("Relu", ["x"]));
    const [node] = model.graph.nodes;
    const renamed = (name: string): OnnxModel => ({
      ...model,
      graph: {
        ...model.graph,
        nodes: [{ ...node!, outputs: [name] }],
        outputs: [{ ...model.graph.outputs[0]!, name }],
      },
    });
    expect(() => readModel(writeModel(renamed("y\0a")))).toThrow(/The name "y\\u0000a" contains a NUL character/);
    expect(readModel(writeModel(renamed("y"))).graph.outputs[0]?.name).toBe("y");
  });
});

describe("absurdly long words and lists are refused with a reason", () => {
  it("an auto_pad of a megabyte", () => {
    const attributes = { auto_pad: { kind: "string", value: new Uint8Array(1_000_000).fill(65) } as const };
    expect(refusal((sketch) => sketch.node("Conv", ["x", sketch.floats([1], [1, 1, 1, 1])], attributes))).toMatch(
      /"auto_pad" is too long/,
    );
  });

  it("a window as long as a wide padded input, in reasonable time", () => {
    const sketch = new Sketch();
    const pool = sketch.node("MaxPool", ["x"], { kernel_shape: ints([100_000]), pads: ints([50_000, 50_000]) });
    const model = sketch.model({ name: "x", dims: [1, 1, 100_000] }, pool);
    expect(reason(model, { shape: [1, 1, 100_000], exponent: 0, lo: 0, hi: 255 })).toBeNull();
  });
});
