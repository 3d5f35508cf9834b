import { describe, expect, test } from "vitest";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { readElements } from "#core/tensors/read-elements.ts";
import { ask } from "./ask.ts";
import { webgpuMissing } from "../support/missing.ts";
import { type OneNode, oneNode, runAlone } from "./one-node.ts";
import { float, generator, int, ints } from "./operator-cases.ts";
import { tensor } from "./tensors.ts";

const TIMEOUT_MS = 120_000;
/** From subnormal numbers to squares that overflow. */
const SCALES = [1e-44, 1e-41, 1e-38, 1e-30, 1e-23, 1e-20, 1e-12, 1e-6, 1, 1e15, 1e19, 1e30];
/** The mean of the numbers, as a multiple of their spread. */
const MEANS = [0, 1, 1000];

function normalisations(scale: number, mean: number, seed: number): readonly OneNode[] {
  const random = generator(seed);
  const filled = (dims: readonly number[]): TensorValue =>
    tensor(
      "float32",
      dims,
      Array.from(
        { length: dims.reduce((product, size) => product * size, 1) },
        () => scale * (mean + 2 * random() - 1),
      ),
    );
  const factors = (length: number): TensorValue =>
    tensor(
      "float32",
      [length],
      Array.from({ length }, () => 0.5 + random()),
    );
  const variances = (...numbers: readonly number[]): TensorValue => tensor("float32", [numbers.length], numbers);
  const x = filled([2, 4, 5, 5]);
  const add = (...[op, inputs, attributes, shape]: Parameters<typeof oneNode>): OneNode =>
    oneNode(op, inputs, attributes, { ...shape, label: `${op} of ${mean} x ${scale}` });
  return [
    add("MeanVarianceNormalization", [x], {}, { opset: 13 }),
    add("MeanVarianceNormalization", [x], { axes: ints(2, 3) }, { opset: 9 }),
    add("LpNormalization", [x], { p: int(1), axis: int(1) }),
    add("LpNormalization", [x], { p: int(2), axis: int(1) }),
    add("LayerNormalization", [x, factors(5), factors(5)], {}, { weights: [1, 2] }),
    add("LayerNormalization", [x, factors(5)], { epsilon: float(0) }, { weights: [1] }),
    add("InstanceNormalization", [x, factors(4), factors(4)], { epsilon: float(1e-38) }, { weights: [1, 2] }),
    add("GroupNormalization", [x, factors(4), factors(4)], { num_groups: int(2) }, { weights: [1, 2] }),
    add("RMSNormalization", [x, factors(5)], {}, { opset: 23, weights: [1] }),
    add("SimplifiedLayerNormalization", [x, factors(5)], { epsilon: float(1e-30) }, { weights: [1] }),
    add(
      "SkipLayerNormalization",
      [filled([2, 4, 8]), filled([2, 4, 8]), factors(8), factors(8)],
      {},
      { domain: "com.microsoft", weights: [2, 3] },
    ),
    add(
      "BatchNormalization",
      [x, factors(4), factors(4), filled([4]), variances(1e-44, 1e-42, 1e-20, 1)],
      { epsilon: float(0) },
      { weights: [1, 2, 3, 4] },
    ),
    add("LRN", [x], { size: int(3) }),
  ];
}

const CASES = SCALES.flatMap((scale, at) => MEANS.flatMap((mean, next) => normalisations(scale, mean, 10 * at + next)));
/** WEBGPU compiles each node anew, which takes long on SwiftShader. */
const FEWER = [1e-41, 1e-38, 1e-20, 1e19].flatMap((scale, at) => normalisations(scale, at % 2, 200 + at));

const noWebgpu = webgpuMissing();

test.for(["wasm", "webgpu"] as const)(
  "tiny and huge numbers on %s: no side is called wrong, and no judge is suspected",
  { timeout: TIMEOUT_MS },
  (provider, { skip }) => {
    skip(provider === "webgpu" && noWebgpu !== null, noWebgpu ?? "");
    const cases = provider === "webgpu" ? FEWER : CASES;
    const [left, right] = [runAlone(cases, { provider: "cpu" }), runAlone(cases, { provider })];
    let compared = 0;
    const found = cases.flatMap((each, at) => {
      const [one, two] = [left[at]!, right[at]!];
      if (one instanceof Error || two instanceof Error) return [];
      compared++;
      const explanation = ask(each, one, two, ["CPU", provider.toUpperCase()]);
      const suspected = explanation?.notes.filter((note) => note.includes("may be wrong")) ?? [];
      return explanation?.wrong.length || suspected.length > 0 ? [[each.label, explanation?.wrong, suspected]] : [];
    });
    expect(found).toEqual([]);
    expect(compared).toBeGreaterThan(cases.length / 2);
  },
);

test("MeanVarianceNormalization is correct by either of ONNX's formulas, and wrong if it matches neither", () => {
  const numbers = Array.from({ length: 8 }, (_, at) => 1e-9 * Math.sin(at + 1));
  const input = tensor("float32", [1, 1, 1, 8], numbers);
  const node = oneNode("MeanVarianceNormalization", [input], {}, { opset: 13 });
  const given = readElements(input).numbers;
  const mean = given.reduce((sum, each) => sum + each, 0) / 8;
  const deviation = Math.sqrt(given.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 8);
  const by = (divisor: number): readonly TensorValue[] => [
    tensor(
      "float32",
      [1, 1, 1, 8],
      given.map((each) => (each - mean) / divisor),
    ),
  ];
  const [text, body, neither] = [by(deviation), by(deviation + 1e-9), by(deviation + 3e-9)];
  expect(ask(node, text, body)).toMatchObject({ cause: "UNEXPLAINED", wrong: [] });
  expect(ask(node, text, neither)?.wrong).toMatchObject([{ side: "other", elements: 8 }]);
});

describe("where both sides look wrong", () => {
  const add = oneNode("Add", [tensor("float32", [1], [1]), tensor("float32", [1], [1])]);
  const give = (number: number): readonly TensorValue[] => [tensor("float32", [1], [number])];

  test("agree far better with each other than with the judge, neither is called wrong", () => {
    const explanation = ask(add, give(1000), give(1000.0001));
    expect(explanation).toMatchObject({ cause: "UNEXPLAINED", wrong: [] });
    expect(explanation?.notes.join()).toContain("may be wrong");
  });

  test("in different ways, both are wrong", () => {
    for (const [one, other] of [
      [1000, 1200],
      [1000, -1000],
      [3, 7],
      [2.5, NaN],
    ] as const) {
      const explanation = ask(add, give(one), give(other));
      expect(explanation?.cause).toBe("WRONG_RESULT");
      expect(explanation?.wrong.map(({ side }) => side)).toEqual(["reference", "other"]);
    }
  });

  test("outside the function's range, both are wrong however near they are to each other", () => {
    const sigmoid = oneNode("Sigmoid", [tensor("float32", [1], [3])]);
    expect(ask(sigmoid, give(2), give(2.0000002))?.wrong).toHaveLength(2);
  });
});
