import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fma } from "#core/explain/fma.ts";
import { readElements } from "#core/tensors/read-elements.ts";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { ask, countOf } from "./ask.ts";
import { oneNode } from "./one-node.ts";
import { float, generator } from "./operator-cases.ts";
import { tensor } from "./tensors.ts";

const [ROWS, LENGTH] = [48, 100];

const rowsOf = (seed: number): TensorValue => {
  const random = generator(seed);
  return tensor(
    "float32",
    [ROWS, LENGTH],
    Array.from({ length: ROWS * LENGTH }, () => 8 * random() - 4),
  );
};

type Sum = (terms: Float64Array) => number;
const forwards: Sum = (terms) => terms.reduce((sum, term) => Math.fround(sum + term));
const backwards: Sum = (terms) => terms.toReversed().reduce((sum, term) => Math.fround(sum + term));
const inFourLanes: Sum = (terms) => {
  const lanes = [0, 1, 2, 3].map((lane) =>
    terms.filter((_, at) => at % 4 === lane).reduce((sum, term) => Math.fround(sum + term)),
  );
  return Math.fround(Math.fround(lanes[0]! + lanes[2]!) + Math.fround(lanes[1]! + lanes[3]!));
};

const summed = (input: TensorValue, sum: Sum): TensorValue =>
  tensor(
    "float32",
    [ROWS, 1],
    Array.from({ length: ROWS }, (_, row) => sum(readElements(input).numbers.slice(row * LENGTH, (row + 1) * LENGTH))),
  );

const reduceSum = (input: TensorValue) => oneNode("ReduceSum", [input, tensor("int64", [1], [1])]);

describe("ReduceSum", () => {
  test.each([
    ["forwards, backwards", forwards, backwards],
    ["forwards, four lanes", forwards, inFourLanes],
    ["four lanes, backwards", inFourLanes, backwards],
  ])("%s: the orders are found and reproduce every element", (_, first, second) => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seed) => {
        const input = rowsOf(seed);
        const explanation = ask(reduceSum(input), [summed(input, first)], [summed(input, second)]);
        expect(explanation?.cause).toBe("SUMMATION_ORDER");
        expect(explanation?.unexplainedElements).toBe(0);
        expect(explanation?.hypothesis?.matchRate).toBe(1);
        expect(explanation?.hypothesis?.controlMatchRate).toBeLessThan(0.5);
        expect(explanation?.bound?.worstShare).toBeLessThan(1);
      }),
      { numRuns: 8 },
    );
  });

  test("a last bit flipped at random is within the bound and unexplained", () => {
    const input = rowsOf(5);
    const right = summed(input, forwards);
    const words = new Uint32Array(right.bytes.slice().buffer).map((word, at) => (at % 2 === 0 ? word + 1 : word - 1));
    const explanation = ask(reduceSum(input), [right], [{ ...right, bytes: new Uint8Array(words.buffer) }]);
    expect(explanation?.cause).toBe("UNEXPLAINED");
    expect(explanation?.hypothesis).toBeNull();
    expect(explanation?.unexplainedIndices).toEqual(Array.from({ length: 16 }, (_, at) => at));
  });

  test("one element beyond the bound is wrong, and the others keep their explanation", () => {
    const input = rowsOf(6);
    const other = readElements(summed(input, inFourLanes)).numbers.slice();
    other[3] = other[3]! + 0.1;
    const explanation = ask(reduceSum(input), [summed(input, forwards)], [tensor("float32", [ROWS, 1], other)]);
    expect(explanation?.cause).toBe("WRONG_RESULT");
    expect(explanation?.wrong).toMatchObject([{ side: "other", elements: 1, index: 3 }]);
  });

  test("two elements prove no order", () => {
    const input = tensor("float32", [2, LENGTH], readElements(rowsOf(7)).numbers.slice(0, 2 * LENGTH));
    const sums = (sum: Sum) =>
      tensor(
        "float32",
        [2, 1],
        [0, 1].map((row) => sum(readElements(input).numbers.slice(row * LENGTH, (row + 1) * LENGTH))),
      );
    const explanation = ask(reduceSum(input), [sums(forwards)], [sums(backwards)]);
    expect(explanation).toMatchObject({ cause: "UNDETERMINED", explainedElements: 0, unexplainedElements: 0 });
    expect(explanation?.consistentWith).toContain("SUMMATION_ORDER");
  });
});

test("a BatchNormalization that is fused on one side only", () => {
  const random = generator(8);
  const list = (least: number, most: number): readonly number[] =>
    Array.from({ length: 4 }, () => Math.fround(least + (most - least) * random()));
  const [scale, bias, mean, variance] = [list(-2, 2), list(-2, 2), list(-2, 2), list(0.1, 3)];
  const input = tensor(
    "float32",
    [2, 4, 5, 5],
    Array.from({ length: 200 }, () => 8 * random() - 4),
  );
  const epsilon = Math.fround(1e-5);
  const give = (fused: boolean): TensorValue => {
    const elements = readElements(input).numbers.map((x, index) => {
      const channel = Math.floor(index / 25) % 4;
      const deviation = Math.fround(Math.sqrt(Math.fround(variance[channel]! + epsilon)));
      const slope = Math.fround(scale[channel]! * Math.fround(1 / deviation));
      const shift = Math.fround(bias[channel]! - Math.fround(mean[channel]! * slope));
      return fused ? fma(x, slope, shift) : Math.fround(Math.fround(x * slope) + shift);
    });
    return tensor("float32", input.dims, elements);
  };
  const weights = [scale, bias, mean, variance].map((each) => tensor("float32", [4], each));
  const explanation = ask(
    oneNode("BatchNormalization", [input, ...weights], { epsilon: float(1e-5) }),
    [give(false)],
    [give(true)],
  );
  expect(explanation?.causes.map(({ cause }) => cause)).toEqual(["FUSED_MULTIPLY_ADD"]);
  expect(countOf(explanation, "FUSED_MULTIPLY_ADD")).toBeGreaterThan(20);
});
