import fc from "fast-check";
import { expect, test } from "vitest";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { ask } from "./ask.ts";
import { type OneNode, oneNode, runAlone } from "./one-node.ts";
import { generator, int, ints, text } from "./operator-cases.ts";
import { tensor } from "./tensors.ts";

const NODES = 60;
const TIMEOUT_MS = 120_000;

const list = (numbers: readonly number[]): TensorValue => tensor("int64", [numbers.length], numbers);
const count = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);
const filled = (dims: readonly number[], seed: number): TensorValue => {
  const random = generator(seed);
  return tensor(
    "float32",
    dims,
    Array.from({ length: count(dims) }, () => 8 * random() - 4),
  );
};
const dimsOf = (rank: number, most = 6) =>
  fc.array(fc.integer({ min: 1, max: most }), { minLength: rank, maxLength: rank });
const several = <T>(each: fc.Arbitrary<T>, length: number) => fc.array(each, { minLength: length, maxLength: length });
const seeds = fc.nat(1_000_000);

const transposes = fc.integer({ min: 1, max: 5 }).chain((rank) =>
  fc
    .tuple(
      dimsOf(rank),
      fc.shuffledSubarray(
        Array.from({ length: rank }, (_, axis) => axis),
        { minLength: rank },
      ),
      seeds,
    )
    .map(([dims, perm, seed]) => oneNode("Transpose", [filled(dims, seed)], { perm: ints(...perm) })),
);

/** Towards the end or back from it, with bounds beyond the axis and counted from its end. */
const cuts = fc.oneof(
  fc.record({
    start: fc.integer({ min: -9, max: 2 }),
    end: fc.constantFrom(-1, 3, 5, 9),
    step: fc.constantFrom(1, 2, 3),
  }),
  fc.record({
    start: fc.constantFrom(-1, -2, 4, 9),
    end: fc.constantFrom(-99, 0, 1),
    step: fc.constantFrom(-1, -2, -3),
  }),
);
const slices = fc
  .tuple(dimsOf(3, 7), several(cuts, 2), fc.shuffledSubarray([0, 1, 2], { minLength: 2, maxLength: 2 }), seeds)
  .map(([dims, both, axes, seed]) =>
    oneNode("Slice", [
      filled(dims, seed),
      list(both.map(({ start }) => start)),
      list(both.map(({ end }) => end)),
      list(axes),
      list(both.map(({ step }) => step)),
    ]),
  );

const pads = fc
  .tuple(
    dimsOf(2, 6),
    several(fc.integer({ min: 0, max: 4 }), 4),
    fc.constantFrom("constant", "edge", "reflect", "wrap"),
    seeds,
  )
  .map(([dims, amounts, mode, seed]) => {
    // A reflection reaches no further than the other edge.
    const sizes = dims.map((size) => size + 4);
    return oneNode("Pad", [filled(sizes, seed), list(amounts)], { mode: text(mode) });
  });

const gathers = fc.tuple(dimsOf(3), fc.nat(2), several(fc.nat(99), 4), seeds).map(([dims, axis, picks, seed]) => {
  const indices = tensor(
    "int64",
    [2, 2],
    picks.map((pick) => (pick % (2 * dims[axis]!)) - dims[axis]!),
  );
  return oneNode("Gather", [filled(dims, seed), indices], { axis: int(axis) });
});

const pools = fc
  .tuple(
    fc.constantFrom("MaxPool", "AveragePool"),
    several(fc.integer({ min: 5, max: 9 }), 2),
    several(fc.integer({ min: 1, max: 3 }), 6),
    several(fc.nat(2), 4),
    fc.boolean(),
    fc.boolean(),
    seeds,
  )
  .map(([op, size, [kh, kw, sh, sw, dh, dw], amounts, up, counted, seed]) =>
    oneNode(op, [filled([1, 2, ...size], seed)], {
      kernel_shape: ints(kh!, kw!),
      strides: ints(sh!, sw!),
      dilations: ints(dh! % 2 === 0 && kh! * 2 < 6 ? 2 : 1, dw! % 2 === 0 && kw! * 2 < 6 ? 2 : 1),
      pads: ints(...amounts.map((amount, at) => Math.min(amount, [kh!, kw!][at % 2]! - 1))),
      ceil_mode: int(up ? 1 : 0),
      ...(op === "AveragePool" && !up ? { count_include_pad: int(counted ? 1 : 0) } : {}),
    }),
  );

const broadcasts = fc
  .tuple(
    fc.constantFrom("Add", "Sub", "Mul", "Div", "Max", "Min"),
    dimsOf(3),
    several(fc.boolean(), 3),
    fc.nat(3),
    seeds,
  )
  .map(([op, dims, ones, dropped, seed]) => {
    const other = dims.map((size, axis) => (ones[axis] ? 1 : size)).slice(dropped);
    return oneNode(op, [filled(dims, seed), filled(other, seed + 1)]);
  });

const reductions = fc
  .tuple(
    fc.constantFrom("ReduceSum", "ReduceMax", "ReduceMean", "ReduceL2"),
    dimsOf(4),
    fc.subarray([0, 1, 2, 3], { minLength: 1 }),
    fc.boolean(),
    seeds,
  )
  .map(([op, dims, axes, kept, seed]) =>
    oneNode(op, [filled(dims, seed), list(axes)], { keepdims: int(kept ? 1 : 0) }, { opset: 18 }),
  );

/** Every element with its lowest exponent bit flipped: none of them is right, nor anywhere near. */
function spoilt({ type, dims, bytes }: TensorValue): TensorValue {
  const words = new Uint32Array(bytes.slice().buffer).map((word) => word ^ 0x0080_0000);
  return { type, dims, bytes: new Uint8Array(words.buffer) };
}

test.each<readonly [string, fc.Arbitrary<OneNode>]>([
  ["Transpose", transposes],
  ["Slice", slices],
  ["Pad", pads],
  ["Gather", gathers],
  ["pools", pools],
  ["broadcast arithmetic", broadcasts],
  ["reductions", reductions],
])(
  "%s: what the CPU gives is right, element by element, and what is not is wrong",
  { timeout: TIMEOUT_MS },
  (_, nodes) => {
    const sampled = fc.sample(nodes, { numRuns: NODES, seed: 4 });
    const answers = runAlone(sampled, { provider: "cpu" });
    const ran = sampled.flatMap((each, at) => {
      const answer = answers[at]!;
      return answer instanceof Error || answer[0]!.bytes.length === 0 ? [] : [[each, answer] as const];
    });
    expect(ran.length).toBeGreaterThan(NODES / 2);
    for (const [each, right] of ran) {
      const explanation = ask(each, right, [spoilt(right[0]!)]);
      const sides = explanation?.wrong.map(({ side }) => side);
      expect([each.label, [...each.node.attributes], sides, explanation?.notes]).toEqual([
        each.label,
        [...each.node.attributes],
        ["other"],
        [],
      ]);
    }
  },
);
