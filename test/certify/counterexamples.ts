import { int, ints, float, type Sketch } from "./graphs/sketch.ts";
import type { Specimen, Step } from "./generate/graph.ts";
import { appendConv, appendMatrix } from "./generate/linear.ts";
import { appendConcat, appendPad, appendPadThenPool, appendPool } from "./generate/moving.ts";
import { appendAddConstant, appendCancelling, appendClamp, appendScale, appendSettled } from "./generate/pointwise.ts";
import { appendGather, appendSlice } from "./generate/selecting.ts";
import { appendScaledZeros } from "./generate/zeros.ts";
import { domain, modelWith } from "./reasons.ts";

/** A graph that a weakened rule certifies wrongly. */
export interface Counterexample {
  readonly specimen: Specimen;
  /** Steps by which a random search comes to one too. */
  readonly favoured: readonly Step[];
}

interface Built {
  readonly sizes?: readonly number[];
  /** The smallest and the largest input. */
  readonly inputs?: readonly [number, number];
  readonly favoured: readonly Step[];
  readonly build: (sketch: Sketch) => string;
}

function counterexample({ sizes = [1, 4, 4], inputs = [0, 255], favoured, build }: Built): Counterexample {
  return { specimen: { model: modelWith(build, sizes), domain: domain(sizes, ...inputs) }, favoured };
}

const HALF_LIMIT = 2 ** 23;
const ONE_BY_ONE = [1, 1, 1, 1];

const pad = (sketch: Sketch, x: string, value: number, pads = [0, 0, 1, 1, 0, 0, 1, 1]): string =>
  sketch.node("Pad", [x, sketch.integers(pads), sketch.scalar(value)]);

/** x times 2^14, around its middle of 227, plus an addend that the bias alone has no room for. */
function biasThenFine(sketch: Sketch): string {
  const weight = 2 ** 14;
  const conv = sketch.node("Conv", ["x", sketch.floats([weight], ONE_BY_ONE), sketch.floats([-227 * weight])]);
  return sketch.node("Add", [conv, sketch.floats([0.125], [1, 1, 1])]);
}

const AFTER_A_SUM = counterexample({ inputs: [200, 255], favoured: [appendCancelling], build: biasThenFine });

const PADDED_WITH_TWO = counterexample({
  inputs: [0, 1],
  favoured: [appendPad],
  build: (sketch) => sketch.node("Relu", [pad(sketch, "x", 2)]),
});

/** The sum is 2^24 + 1, which is not a float32. */
const ONE_OVER = counterexample({
  sizes: [3],
  inputs: [0, 1],
  favoured: [appendMatrix, appendConv],
  build: (sketch) => sketch.node("Gemm", ["x", sketch.floats([HALF_LIMIT, HALF_LIMIT, 1], [3, 1]), sketch.floats([0])]),
});

/** A table of indices whose halves stand next to each other, so that a list of them is in another order. */
function joinedTables(sketch: Sketch): string {
  const table = sketch.node("Concat", [sketch.integers([0, 0], [2, 1]), sketch.integers([1, 1], [2, 1])], {
    axis: int(1),
  });
  const channels = sketch.node("Concat", ["x", sketch.node("Mul", ["x", sketch.scalar(16)])], { axis: int(1) });
  const places = sketch.node("Gather", [table, sketch.integers([0])], { axis: int(0) });
  const picked = sketch.node("Gather", [channels, sketch.node("Squeeze", [places, sketch.integers([0])])], {
    axis: int(1),
  });
  return sketch.node("Relu", [picked]);
}

/** By the rule's name, as in weakened.ts: the bits of a backend differ from the true ones. */
export const IN_BITS: Readonly<Record<string, Counterexample>> = {
  "sums up to twice the limit": counterexample({
    sizes: [2, 3],
    inputs: [0, 1],
    favoured: [appendMatrix, appendConv],
    // 2^24 + 1 is not a float32, so that a 1 is lost before another one is taken away.
    build: (sketch) =>
      sketch.node("Add", [
        sketch.node("MatMul", ["x", sketch.floats([HALF_LIMIT, HALF_LIMIT, 1], [3, 1])]),
        sketch.scalar(-1),
      ]),
  }),
  "the sign of zero ignored": counterexample({
    favoured: [appendSettled, appendClamp],
    build: (sketch) => sketch.node("Neg", ["x"]),
  }),
  "an added 0 taken to settle the sign of zero": counterexample({
    favoured: [appendSettled],
    build: (sketch) =>
      sketch.node("Mul", [sketch.node("Add", [sketch.node("Neg", ["x"]), sketch.floats([0])]), sketch.scalar(0.5)]),
  }),
  "a Pad before a pool ignored": counterexample({
    inputs: [-255, -3],
    favoured: [appendPadThenPool],
    build: (sketch) =>
      sketch.node("MaxPool", [pad(sketch, "x", 0)], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }),
  }),
  "the value of a Pad ignored": counterexample({
    sizes: [1, 1, 4],
    inputs: [0, 1],
    favoured: [appendPad, appendConv],
    build: (sketch) => {
      const padded = pad(sketch, "x", HALF_LIMIT, [0, 0, 0, 2, 0, 0, 0, 0]);
      const conv = sketch.node("Conv", [padded, sketch.floats([1, 1, 1], [1, 1, 1, 3])]);
      return sketch.node("Add", [sketch.node("Relu", [conv]), sketch.scalar(-1)]);
    },
  }),
  "an Add after a sum bounded on its own": AFTER_A_SUM,
  "an Add not bounded at all": counterexample({
    inputs: [0, HALF_LIMIT - 1],
    favoured: [appendAddConstant],
    build: (sketch) =>
      sketch.node("Sub", [
        sketch.node("Relu", [sketch.node("Add", ["x", sketch.scalar(2 ** 24)])]),
        sketch.scalar(2 ** 24),
      ]),
  }),
  "the scales of zeros ignored": counterexample({
    sizes: [3],
    favoured: [appendScaledZeros],
    build: (sketch) => {
      const zeros = sketch.node("Relu", [sketch.node("Sub", ["x", sketch.scalar(256)])]);
      let scaled = sketch.node("MatMul", [zeros, sketch.floats([1, 1, 1], [3, 1])]);
      for (let left = 5; left > 0; left--) scaled = sketch.node("Mul", [scaled, sketch.scalar(2 ** 29)]);
      return sketch.node("Add", [scaled, sketch.scalar(1)]);
    },
  }),
};

/** By the rule's name, as in weakened.ts: what is claimed of some tensor is false. */
export const IN_CLAIMS: Readonly<Record<string, Counterexample>> = {
  "sums up to twice the limit": ONE_OVER,
  "the value of a Pad ignored": PADDED_WITH_TWO,
  "an Add after a sum bounded on its own": AFTER_A_SUM,
  "sums up to 1.1 times the limit": ONE_OVER,
  "the bias of a Conv ignored": counterexample({
    favoured: [appendConv],
    build: (sketch) => sketch.node("Conv", ["x", sketch.floats([1], ONE_BY_ONE), sketch.floats([1000])]),
  }),
  "the padding of a Conv ignored": counterexample({
    inputs: [3, 40],
    favoured: [appendConv],
    build: (sketch) =>
      sketch.node("Conv", ["x", sketch.floats([1], ONE_BY_ONE), sketch.floats([0])], { pads: ints([1, 1, 1, 1]) }),
  }),
  "an average not bounded by its sum": counterexample({
    sizes: [1, 4, 1],
    inputs: [0, 8_000_001],
    favoured: [appendPool],
    // Three elements and the padding: an odd sum beyond 2^24.
    build: (sketch) =>
      sketch.node("AveragePool", ["x"], {
        kernel_shape: ints([4, 1]),
        pads: ints([1, 0, 0, 0]),
        count_include_pad: int(1),
      }),
  }),
  "the grid not made finer by an average": counterexample({
    sizes: [1, 4, 1],
    favoured: [appendPool],
    build: (sketch) =>
      sketch.node("AveragePool", ["x"], {
        kernel_shape: ints([4, 1]),
        pads: ints([1, 0, 0, 0]),
        count_include_pad: int(1),
      }),
  }),
  "the grid not made finer by a scale": counterexample({
    favoured: [appendScale],
    build: (sketch) => sketch.node("Mul", ["x", sketch.scalar(0.5)]),
  }),
  "channels distinguished in the wrong order": counterexample({
    favoured: [appendConcat, appendGather, appendSlice],
    build: (sketch) => sketch.node("Concat", ["x", sketch.node("Mul", ["x", sketch.scalar(16)])], { axis: int(1) }),
  }),
  "intervals without their lower end": counterexample({
    sizes: [2],
    favoured: [appendMatrix, appendConv],
    build: (sketch) =>
      sketch.node("Gemm", ["x", sketch.floats([-1, 1], [2, 1]), sketch.floats([0])], { alpha: float(2) }),
  }),
  "tables of integers read as lists": counterexample({
    favoured: [appendGather],
    build: joinedTables,
  }),
};
