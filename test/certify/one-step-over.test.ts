import { describe, expect, test } from "vitest";
import { float, int, ints, text, type Sketch } from "./graphs/sketch.ts";
import { domain, modelWith, reason } from "./reasons.ts";

/* Each pair of graphs differs by one step: the first is certified, the second just beyond the rule. */

interface Step {
  readonly what: string;
  readonly sizes?: readonly number[];
  readonly inputs?: readonly [lo: number, hi: number, exponent?: number];
  readonly opset?: number;
  readonly within: (sketch: Sketch) => string;
  readonly beyond: (sketch: Sketch) => string;
  readonly because: RegExp;
}

const LIMIT = 2 ** 24;
const bias0 = (sketch: Sketch): string => sketch.floats([0]);

/** A convolution of one channel with a 1x1 or 1x2 kernel. A lone weight of 2^k would be a single unit on its own grid. */
function scale(sketch: Sketch, weights: number | readonly [number, number], bias: number): string {
  const taps = typeof weights === "number" ? [weights] : weights;
  return sketch.node("Conv", ["x", sketch.floats(taps, [1, 1, 1, taps.length]), sketch.floats([bias])], {
    strides: ints([2, 2]),
  });
}

const STEPS: readonly Step[] = [
  {
    what: "a Conv whose sum stays one unit below 2^24, or reaches it",
    inputs: [0, 1],
    within: (sketch) => scale(sketch, [LIMIT - 2, -1], 0),
    beyond: (sketch) => scale(sketch, [LIMIT - 1, -1], 0),
    because: /Conv: sum\(\|w\|\) x max\|x\| \+ \|bias\| reaches 16,777,216 units/,
  },
  {
    what: "a Conv beyond 2^24 by its bias alone",
    inputs: [0, 255],
    within: (sketch) => scale(sketch, 32_767, -(LIMIT - 255 * 32_767 - 1)),
    beyond: (sketch) => scale(sketch, 32_767, -(LIMIT - 255 * 32_767)),
    because: /Conv: .* reaches 16,777,216 units/,
  },
  {
    what: "a Conv with 2^24 + 1 units",
    inputs: [0, 1],
    within: (sketch) => scale(sketch, LIMIT - 2, 1),
    beyond: (sketch) => scale(sketch, LIMIT, 1),
    because: /Conv: .* reaches 16,777,217 units/,
  },
  {
    what: "a MatMul over as many features as fit, or one more",
    sizes: [518],
    within: (sketch) =>
      sketch.node("Gemm", [
        "x",
        sketch.floats(
          Array.from({ length: 518 }, () => -127),
          [518, 1],
        ),
        bias0(sketch),
      ]),
    beyond: (sketch) =>
      sketch.node("Gemm", [
        "x",
        sketch.floats(
          Array.from({ length: 518 }, (_, at) => (at === 0 ? -183 : -127)),
          [518, 1],
        ),
        bias0(sketch),
      ]),
    because: /Gemm: .* and only sums below 16,777,216 are never rounded/,
  },
  {
    what: "a bias on the products' grid, or half a unit off it",
    inputs: [0, 255],
    within: (sketch) => scale(sketch, 60_000, 3),
    beyond: (sketch) => scale(sketch, 60_000, 3.5),
    because: /units of 2\^-1/,
  },
  {
    what: "weights on a grid, or as they come out of training",
    within: (sketch) => scale(sketch, 0.125, 0),
    beyond: (sketch) => scale(sketch, Math.fround(0.1), 0),
    because: /units of 2\^-27/,
  },
  {
    what: "weights on a grid, or one that needs a finer unit than any product may have",
    within: (sketch) => scale(sketch, 2 ** -22, 0),
    beyond: (sketch) => scale(sketch, Math.fround(2 ** -31), 0),
    because: /has a unit of 2\^-31;/,
  },
  {
    what: "a scale that reaches down to 2^-30, or below",
    within: (sketch) => sketch.node("Mul", ["x", sketch.scalar(2 ** -30)]),
    beyond: (sketch) => sketch.node("Mul", [sketch.node("Mul", ["x", sketch.scalar(2 ** -30)]), sketch.scalar(0.5)]),
    because: /Mul: Its output has a unit of 2\^-31;/,
  },
  {
    what: "values below 2^30, or beyond",
    within: (sketch) => sketch.node("Mul", ["x", sketch.scalar(2 ** 22)]),
    beyond: (sketch) => sketch.node("Mul", ["x", sketch.scalar(2 ** 23)]),
    because: /Mul: Its output reaches .* below 2\^30/,
  },
  {
    what: "an Add of a constant on the grid, or off it",
    within: (sketch) => sketch.node("Add", ["x", sketch.scalar(2 ** -15)]),
    beyond: (sketch) => sketch.node("Add", ["x", sketch.scalar(Math.fround(1 / 3))]),
    because: /Add: .* units of 2\^-2\d/,
  },
  {
    what: "an Add after a Conv that fits as one sum, or only unfused: y is small, but its bias and the addend meet first",
    inputs: [200, 255],
    within: (sketch) => sketch.node("Add", [scale(sketch, 8192, -227 * 8192), sketch.scalar(0.5)]),
    beyond: (sketch) => sketch.node("Add", [scale(sketch, 8192, -227 * 8192), sketch.scalar(0.125)]),
    because: /Add: The sum of all absolute values/,
  },
  {
    what: "an Add after a Mul after a Conv, which is one sum as well",
    inputs: [200, 255],
    within: (sketch) =>
      sketch.node("Add", [
        sketch.node("Mul", [scale(sketch, 8192, -227 * 8192), sketch.scalar(0.25)]),
        sketch.scalar(0.125),
      ]),
    beyond: (sketch) =>
      sketch.node("Add", [
        sketch.node("Mul", [scale(sketch, 8192, -227 * 8192), sketch.scalar(0.25)]),
        sketch.scalar(2 ** -6),
      ]),
    because: /Add: The sum of all absolute values/,
  },
  {
    what: "two sums that fit together, or not",
    inputs: [0, 1],
    within: (sketch) => sketch.node("Add", [scale(sketch, LIMIT / 2 - 1, 0), scale(sketch, LIMIT / 2, 0)]),
    beyond: (sketch) => sketch.node("Sub", [scale(sketch, LIMIT / 2 - 1, 0), scale(sketch, LIMIT / 2 + 1, 0)]),
    because: /Sub: The sum of all absolute values/,
  },
  {
    what: "Mul by 4, or by 3",
    within: (sketch) => sketch.node("Mul", ["x", sketch.scalar(4)]),
    beyond: (sketch) => sketch.node("Mul", ["x", sketch.scalar(3)]),
    because: /Mul: It multiplies by 3, not a power of two/,
  },
  {
    what: "Mul by powers of two a channel, or by a 0 among them",
    sizes: [2, 2, 2],
    within: (sketch) => sketch.node("Mul", ["x", sketch.floats([0.5, 8], [2, 1, 1])]),
    beyond: (sketch) => sketch.node("Mul", ["x", sketch.floats([0.5, 0], [2, 1, 1])]),
    because: /Mul: It multiplies by 0/,
  },
  {
    what: "an alpha that is a power of two, or not",
    sizes: [1],
    within: (sketch) => sketch.node("Gemm", ["x", sketch.floats([1], [1, 1]), bias0(sketch)], { alpha: float(0.25) }),
    beyond: (sketch) => sketch.node("Gemm", ["x", sketch.floats([1], [1, 1]), bias0(sketch)], { alpha: float(0.3) }),
    because: /Gemm: Its alpha is 0.3/,
  },
  {
    what: "a beta that is a power of two, or 0",
    sizes: [1],
    within: (sketch) => sketch.node("Gemm", ["x", sketch.floats([1], [1, 1]), bias0(sketch)], { beta: float(2) }),
    beyond: (sketch) => sketch.node("Gemm", ["x", sketch.floats([1], [1, 1]), bias0(sketch)], { beta: float(0) }),
    because: /Gemm: Its beta is 0/,
  },
  {
    what: "an AveragePool over 4, or over 9",
    within: (sketch) => sketch.node("AveragePool", ["x"], { kernel_shape: ints([2, 2]) }),
    beyond: (sketch) => sketch.node("AveragePool", ["x"], { kernel_shape: ints([3, 3]) }),
    because: /AveragePool: It averages over 9 elements/,
  },
  {
    what: "an AveragePool that counts its padding, or does not",
    within: (sketch) =>
      sketch.node("AveragePool", ["x"], {
        kernel_shape: ints([2, 2]),
        pads: ints([1, 1, 1, 1]),
        count_include_pad: int(1),
      }),
    beyond: (sketch) => sketch.node("AveragePool", ["x"], { kernel_shape: ints([2, 2]), pads: ints([1, 1, 1, 1]) }),
    because: /AveragePool: It divides by the number of elements without padding/,
  },
  {
    what: "an AveragePool whose sum fits, or does not",
    inputs: [0, LIMIT / 4 - 1],
    within: (sketch) => sketch.node("AveragePool", ["x"], { kernel_shape: ints([2, 2]) }),
    beyond: (sketch) => sketch.node("AveragePool", ["x"], { kernel_shape: ints([2, 4]) }),
    because: /AveragePool: window x max\|x\| reaches/,
  },
  {
    what: "a ceil_mode that changes nothing, or adds a window",
    within: (sketch) =>
      sketch.node("MaxPool", ["x"], { kernel_shape: ints([2, 2]), strides: ints([2, 2]), ceil_mode: int(1) }),
    beyond: (sketch) =>
      sketch.node("MaxPool", ["x"], { kernel_shape: ints([3, 3]), strides: ints([2, 2]), ceil_mode: int(1) }),
    because: /MaxPool: Its ceil_mode/,
  },
  {
    what: "a MaxPool whose windows all hold data, or one that is padding throughout",
    within: (sketch) => sketch.node("MaxPool", ["x"], { kernel_shape: ints([2, 2]), pads: ints([1, 1, 1, 1]) }),
    beyond: (sketch) =>
      sketch.node("MaxPool", ["x"], { kernel_shape: ints([2, 1]), dilations: ints([5, 1]), pads: ints([1, 0, 5, 0]) }),
    because: /MaxPool: One of its windows may contain only padding/,
  },
  {
    what: "a Reshape that keeps the number of elements in a row, or one that no input fits",
    within: (sketch) => sketch.node("Reshape", ["x", sketch.integers([0, 2, 8])]),
    beyond: (sketch) => sketch.node("Reshape", ["x", sketch.integers([0, 2, 9])]),
    because: /Reshape: The shapes \[.*\] and \[.*, 2, 9\] differ in their number of elements/,
  },
  {
    what: "a Gemm whose C broadcasts to the product, or one to which the product would have to grow",
    sizes: [2],
    within: (sketch) => sketch.node("Gemm", ["x", sketch.floats([1, 2], [2, 1]), sketch.floats([3], [1, 1])]),
    beyond: (sketch) => sketch.node("Gemm", ["x", sketch.floats([1, 2], [2, 1]), sketch.floats([3], [1, 1, 1])]),
    because: /Gemm: Its C has the shape \[1, 1, 1\], which does not broadcast to/,
  },
  {
    what: "channels as many as can be laid out one by one, or more",
    within: (sketch) => sketch.node("Expand", ["x", sketch.integers([1, 2 ** 24, 1, 1])]),
    beyond: (sketch) => sketch.node("Expand", ["x", sketch.integers([1, 2 ** 24 + 1, 1, 1])]),
    because: /Expand: It produces a tensor of the shape \[.*16777217, 4, 4\]/,
  },
  {
    what: "a Pad that names every axis in order, or some of them, which optimisers forget behind a Transpose",
    opset: 18,
    within: (sketch) => {
      const turned = sketch.node("Transpose", ["x"], { perm: ints([0, 1, 3, 2]) });
      const [pads, axes] = [sketch.integers([0, 0, 1, 2, 0, 0, 0, 0]), sketch.integers([0, 1, -2, -1])];
      return sketch.node("Pad", [turned, pads, "", axes]);
    },
    beyond: (sketch) => {
      const turned = sketch.node("Transpose", ["x"], { perm: ints([0, 1, 3, 2]) });
      const [pads, axes] = [sketch.integers([1, 2, 0, 0]), sketch.integers([-2, -1])];
      return sketch.node("Pad", [turned, pads, "", axes]);
    },
    because: /Pad: Its pads are for the axes -2, -1;/,
  },
  {
    what: "a Pad with a Relu before the pool, or right before it, where optimisers turn 0 into minus infinity",
    inputs: [-128, 127],
    within: (sketch) =>
      sketch.node(
        "MaxPool",
        [sketch.node("Relu", [sketch.node("Pad", ["x", sketch.integers([0, 0, 1, 1, 0, 0, 1, 1])])])],
        { kernel_shape: ints([2, 2]) },
      ),
    beyond: (sketch) =>
      sketch.node(
        "MaxPool",
        [sketch.node("Identity", [sketch.node("Pad", ["x", sketch.integers([0, 0, 1, 1, 0, 0, 1, 1])])])],
        { kernel_shape: ints([2, 2]) },
      ),
    because: /MaxPool: Optimisers merge the preceding Pad into it/,
  },
  {
    what: "a dilated window with its pads as numbers, or chosen by auto_pad, where not every kernel counts dilations",
    within: (sketch) =>
      sketch.node("MaxPool", ["x"], { kernel_shape: ints([2, 2]), dilations: ints([2, 2]), pads: ints([1, 1, 1, 1]) }),
    beyond: (sketch) =>
      sketch.node("MaxPool", ["x"], {
        kernel_shape: ints([2, 2]),
        dilations: ints([2, 2]),
        auto_pad: text("SAME_UPPER"),
      }),
    because: /MaxPool: Not every kernel considers dilations/,
  },
  {
    what: "a shape cast to int64, or to int32, which wraps around",
    within: (sketch) => sketch.node("Reshape", ["x", sketch.node("Cast", [sketch.integers([-1, 16])], { to: int(7) })]),
    beyond: (sketch) => sketch.node("Reshape", ["x", sketch.node("Cast", [sketch.integers([-1, 16])], { to: int(6) })]),
    because: /Cast: It changes the element type/,
  },
  {
    what: "a MatMul by a matrix of one column, or by a vector, before which optimisers misread a Transpose",
    sizes: [4],
    within: (sketch) =>
      sketch.node("Add", [sketch.node("MatMul", ["x", sketch.floats([1, 2, 3, 4], [4, 1])]), sketch.floats([1])]),
    beyond: (sketch) =>
      sketch.node("Add", [sketch.node("MatMul", ["x", sketch.floats([1, 2, 3, 4], [4])]), sketch.floats([1])]),
    because: /MatMul: Its weights have the shape \[4\]/,
  },
  {
    what: "a Clip, or one that leaves nothing",
    within: (sketch) => sketch.node("Clip", ["x", sketch.scalar(3), sketch.scalar(3)]),
    beyond: (sketch) => sketch.node("Clip", ["x", sketch.scalar(4), sketch.scalar(3)]),
    because: /Clip: Its interval from 4 to 3 is empty/,
  },
  {
    what: "a Clip that reaches 0, or that a Relu before it would leave without a number",
    within: (sketch) => sketch.node("Clip", [sketch.node("Relu", ["x"]), sketch.scalar(-5), sketch.scalar(0)]),
    beyond: (sketch) => sketch.node("Clip", [sketch.node("Relu", ["x"]), sketch.scalar(-5), sketch.scalar(-1)]),
    because: /Clip: Its upper bound -1 is negative/,
  },
  {
    what: "an opset that the rules know, or one before Add broadcast as it does",
    opset: 7,
    within: (sketch) => sketch.node("Relu", ["x"]),
    beyond: (sketch) => {
      Object.assign(sketch, { opset: 6 });
      return sketch.node("Relu", ["x"]);
    },
    because: /Model: The model uses opset 6/,
  },
];

describe("one step within a rule is certified, one step beyond it is refused", () => {
  test.each(STEPS.map((step) => [step.what, step] as const))(
    "%s",
    (_what, { sizes = [1, 4, 4], inputs = [0, 255], opset = 17, within, beyond, because }) => {
      expect(reason(modelWith(within, sizes, opset), domain(sizes, ...inputs))).toBeNull();
      expect(reason(modelWith(beyond, sizes, opset), domain(sizes, ...inputs))).toMatch(because);
    },
  );
});
