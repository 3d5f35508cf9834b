import { describe, expect, test } from "vitest";
import { FLOAT_FORMATS, roundTo } from "#core/tensors/float-format.ts";
import { readElements } from "#core/tensors/read-elements.ts";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { ask } from "./ask.ts";
import { type OneNode, oneNode, runAlone } from "./one-node.ts";
import { float, generator } from "./operator-cases.ts";
import { tensor } from "./tensors.ts";

const random = generator(11);
const numbers = (dims: readonly number[], least: number, most: number): TensorValue =>
  tensor(
    "float32",
    dims,
    Array.from({ length: dims.reduce((n, dim) => n * dim, 1) }, () => least + (most - least) * random()),
  );

const NARROW = ["float16", "bfloat16"] as const;

/** The outputs as a runtime gives them that computes in a narrower type. */
function narrowed(output: TensorValue, type: (typeof NARROW)[number]): TensorValue {
  const rounded = readElements(output).numbers.map((each) => roundTo(FLOAT_FORMATS[type], each));
  return tensor("float32", output.dims, rounded);
}

const CASES: readonly OneNode[] = [
  oneNode("Mul", [numbers([4, 64], -4, 4), numbers([64], -4, 4)]),
  oneNode("Tanh", [numbers([4, 64], -3, 3)]),
  oneNode("Softmax", [numbers([4, 64], -3, 3)]),
  oneNode("LeakyRelu", [numbers([4, 64], -3, 3)], { alpha: float(0.1) }),
];
const right = runAlone(CASES, { provider: "cpu" });

describe.each(NARROW)("a side that computes float32 nodes in %s", (type) => {
  test.each(CASES.map((each, at) => [each.label, each, right[at]!] as const))("%s", (_, each, outputs) => {
    if (outputs instanceof Error) throw outputs;
    const explanation = ask(each, outputs, [narrowed(outputs[0]!, type)], ["CPU", "CUDA"]);
    expect(explanation?.cause).toBe("REDUCED_PRECISION");
    expect(explanation?.wrong).toEqual([]);
  });

  test("one element that the type does not hold makes the rest wrong", () => {
    const outputs = right[0]!;
    if (outputs instanceof Error) throw outputs;
    const given = readElements(narrowed(outputs[0]!, type)).numbers.slice();
    given[7] = readElements(outputs[0]!).numbers[7]!;
    const explanation = ask(CASES[0]!, outputs, [tensor("float32", outputs[0]!.dims, given)], ["CPU", "CUDA"]);
    expect(explanation?.cause).toBe("WRONG_RESULT");
  });

  test("an element that is wrong even in that type stays wrong", () => {
    const outputs = right[0]!;
    if (outputs instanceof Error) throw outputs;
    const given = readElements(narrowed(outputs[0]!, type)).numbers.slice();
    given[7] = -given[7]!;
    const explanation = ask(CASES[0]!, outputs, [tensor("float32", outputs[0]!.dims, given)], ["CPU", "CUDA"]);
    expect(explanation?.wrong[0]).toMatchObject({ side: "other", elements: 1, index: 7 });
  });
});

test("float16 sums added up in float32 on one side and in float16 on the other", () => {
  const [rows, length] = [64, 40];
  const input = tensor("float16", [rows, length], readElements(numbers([rows, length], -4, 4)).numbers);
  const all = readElements(input).numbers;
  const each = oneNode("ReduceSum", [input, tensor("int64", [1], [1])]);
  const sums = (round: (number: number) => number) =>
    Array.from({ length: rows }, (_, row) =>
      all.slice(row * length, (row + 1) * length).reduce((sum, term) => round(sum + term)),
    );
  const wide = [tensor("float16", [rows, 1], sums(Math.fround))];
  const narrow = [
    tensor(
      "float16",
      [rows, 1],
      sums((number) => roundTo(FLOAT_FORMATS.float16, number)),
    ),
  ];
  const explanation = ask(each, wide, narrow);
  expect(explanation?.causes.map(({ cause }) => cause)).toEqual(["WIDER_ACCUMULATION"]);
  expect(explanation?.hypothesis?.matchRate).toBe(1);
});
