import { describe, expect, test } from "vitest";
import { certify } from "#core/certify/certify.ts";
import { float, ints, type Sketch } from "./graphs/sketch.ts";
import { domain, modelWith, IMAGE, reason } from "./reasons.ts";

const NEGATIVE = [1, 1, 1, 1];
const conv = (sketch: Sketch, x = "x"): string =>
  sketch.node("Conv", [x, sketch.floats([-1], NEGATIVE)], { strides: ints([2, 2]) });
const biased = (sketch: Sketch, x: string, bias = 0): string =>
  sketch.node("Conv", [x, sketch.floats([1], NEGATIVE), sketch.floats([bias])], { strides: ints([2, 2]) });

const refused = (
  build: (sketch: Sketch) => string,
  lo = 0,
  hi = 255,
  sizes: readonly number[] = IMAGE,
): string | null => reason(modelWith(build, sizes), domain(sizes, lo, hi));
const MAY_BE = /may be -0/;

describe("an output whose zeros may be -0 is refused", () => {
  test.each<[string, (sketch: Sketch) => string]>([
    ["a Conv without a bias", (sketch) => conv(sketch)],
    [
      "a Conv with a bias of -0",
      (sketch) =>
        sketch.node("Conv", ["x", sketch.floats([-1], NEGATIVE), sketch.floats([-0])], { strides: ints([2, 2]) }),
    ],
    ["a Relu after it", (sketch) => sketch.node("Relu", [conv(sketch)])],
    ["a Sign after it", (sketch) => sketch.node("Sign", [conv(sketch)])],
    ["a Clip after it", (sketch) => sketch.node("Clip", [conv(sketch), sketch.scalar(0), sketch.scalar(255)])],
    ["a Max with 0 after it", (sketch) => sketch.node("Max", [conv(sketch), sketch.scalar(0)])],
    ["a MaxPool after it", (sketch) => sketch.node("MaxPool", [conv(sketch)], { kernel_shape: ints([2, 2]) })],
    ["an added 0, which optimisers drop", (sketch) => sketch.node("Add", [conv(sketch), sketch.scalar(0)])],
    [
      "a 0 added to what is always 0",
      (sketch) =>
        sketch.node("Add", [
          sketch.scalar(0),
          sketch.node("Min", [sketch.node("Relu", [conv(sketch)]), sketch.scalar(0)]),
        ]),
    ],
    [
      "a subtraction from it",
      (sketch) => sketch.node("Sub", [conv(sketch), sketch.node("Relu", [biased(sketch, "x")])]),
    ],
    ["a factor below 0", (sketch) => sketch.node("Mul", ["x", sketch.scalar(-0.5)])],
    ["Neg", (sketch) => sketch.node("Neg", ["x"])],
    ["a Clip to -0", (sketch) => sketch.node("Clip", ["x", sketch.scalar(-0), sketch.scalar(9)])],
    [
      "a Pad with -0",
      (sketch) => sketch.node("Pad", ["x", sketch.integers([0, 0, 1, 1, 0, 0, 1, 1]), sketch.scalar(-0)]),
    ],
    ["a constant -0 next to others", (sketch) => sketch.node("Max", ["x", sketch.floats([-0, 1, 1, 1])])],
  ])("%s", (_what, build) => {
    expect(refused(build)).toMatch(MAY_BE);
  });

  test("MatMul, and Gemm without C or with a negative beta", () => {
    const weights = (sketch: Sketch): string => sketch.floats([-1, 1], [2, 1]);
    expect(refused((sketch) => sketch.node("MatMul", ["x", weights(sketch)]), 0, 255, [2])).toMatch(MAY_BE);
    expect(refused((sketch) => sketch.node("Gemm", ["x", weights(sketch)]), 0, 255, [2])).toMatch(MAY_BE);
    expect(
      refused(
        (sketch) => sketch.node("Gemm", ["x", weights(sketch), sketch.floats([0])], { beta: float(-1) }),
        0,
        255,
        [2],
      ),
    ).toMatch(MAY_BE);
    expect(
      refused((sketch) => sketch.node("Gemm", ["x", weights(sketch), sketch.floats([0])]), 0, 255, [2]),
    ).toBeNull();
  });

  test("rounding up or to the nearest what is just below 0", () => {
    const half = (op: string) => (sketch: Sketch) => sketch.node(op, [sketch.node("Mul", ["x", sketch.scalar(0.5)])]);
    expect(refused(half("Ceil"), -3, 3)).toMatch(MAY_BE);
    expect(refused(half("Round"), -3, 3)).toMatch(MAY_BE);
    expect(refused(half("Floor"), -3, 3)).toBeNull();
    expect(refused(half("Ceil"), 0, 3)).toBeNull();
  });
});

describe("later nodes may settle the sign", () => {
  test.each<[string, (sketch: Sketch) => string]>([
    ["a Conv with a bias, even of 0", (sketch) => biased(sketch, conv(sketch))],
    [
      "an added constant that is not 0 throughout",
      (sketch) => sketch.node("Add", [conv(sketch), sketch.floats([0, 1])]),
    ],
    ["an added tensor that is never -0", (sketch) => sketch.node("Add", [conv(sketch), biased(sketch, "x")])],
    ["values that are never 0", (sketch) => sketch.node("Max", [conv(sketch), sketch.scalar(1)])],
  ])("%s", (_what, build) => {
    expect(refused(build)).toBeNull();
  });

  test("the sign of an inner zero is then reported, but is not a failure", () => {
    const certification = certify(
      modelWith((sketch) => biased(sketch, conv(sketch))),
      domain(IMAGE),
    );
    expect(certification).toMatchObject({
      certified: true,
      certificate: { nodes: [{ mayBeNegativeZero: true, exact: true }, { mayBeNegativeZero: false }] },
    });
  });

  test("a refusal names the node where the sign was lost", () => {
    const model = modelWith((sketch) => sketch.node("Relu", [conv(sketch)]));
    expect(reason(model, domain(IMAGE))).toContain(`from ${model.graph.nodes[0]!.name} on`);
  });
});
