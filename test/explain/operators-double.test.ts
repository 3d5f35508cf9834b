import { describe, expect, test } from "vitest";
import { readElements } from "#core/tensors/read-elements.ts";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { ask } from "./ask.ts";
import { oneNode, type OneNode, runAlone } from "./one-node.ts";
import { float, generator, int, text } from "./operator-cases.ts";
import { tensor } from "./tensors.ts";

/* Where ONNX Runtime's right results are less exact than their type. */

const random = generator(23);
const numbers = (dims: readonly number[], least: number, most: number): TensorValue =>
  tensor(
    "float64",
    dims,
    Array.from({ length: dims.reduce((n, dim) => n * dim, 1) }, () => least + (most - least) * random()),
  );

/** The sides differ by `relative` of each element, one after another up and down. */
function causeOf(node: OneNode, exact: readonly number[], relative: number): string | undefined {
  const { dims, type } = node.inputs[0]!;
  const moved = exact.map((each, at) => each * (1 + (at % 2 === 0 ? relative : -relative)));
  return ask(node, [tensor(type, dims, exact)], [tensor(type, dims, moved)])?.cause;
}

describe("statistics of float64 in float32, which stash_type asks for", () => {
  const x = numbers([2, 8], -3, 5);
  const ones = tensor("float64", [8], Array<number>(8).fill(1));
  const zeros = tensor("float64", [8], Array<number>(8).fill(0));
  const rows = [0, 8].map((from) => readElements(x).numbers.subarray(from, from + 8));
  const exact = rows.flatMap((row) => {
    const mean = row.reduce((sum, each) => sum + each, 0) / 8;
    const variance = row.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 8;
    return Array.from(row, (each) => (each - mean) / Math.sqrt(variance + Math.fround(1e-5)));
  });
  const layer = (stash?: number): OneNode =>
    oneNode("LayerNormalization", [x, ones, zeros], stash === undefined ? {} : { stash_type: int(stash) });
  const group = (opset: number, stash?: number): OneNode =>
    oneNode(
      "GroupNormalization",
      [x, ones, zeros],
      { num_groups: int(1), ...(stash === undefined ? {} : { stash_type: int(stash) }) },
      { opset },
    );

  test.each([
    ["LayerNormalization", layer(), "UNEXPLAINED"],
    ["LayerNormalization, stash_type double", layer(11), "WRONG_RESULT"],
    ["GroupNormalization", group(21), "UNEXPLAINED"],
    ["GroupNormalization, stash_type double", group(21, 11), "WRONG_RESULT"],
    ["GroupNormalization before opset 21", group(18), "WRONG_RESULT"],
  ])("%s", (_, node, cause) => {
    expect(causeOf(node, exact, 2 ** -24)).toBe(cause);
    expect(causeOf(node, exact, 2 ** -12)).toBe("WRONG_RESULT");
  });
});

describe("functions of float64 as ONNX Runtime computes them", () => {
  const near = [1, 2, 3, 7, 100, 1001].flatMap((times) => [Math.PI * times, (Math.PI / 2) * times, Math.PI * -times]);
  const cases = [
    oneNode("Gelu", [numbers([64], -6, 6)], { approximate: text("tanh") }, { opset: 20 }),
    ...["Sin", "Cos", "Tan"].map((op) => oneNode(op, [tensor("float64", [near.length], near)])),
  ];
  const right = runAlone(cases, { provider: "cpu" });
  const wasm = runAlone(cases, { provider: "wasm" });

  test.each(cases.map((each, at) => [each.label, each, at] as const))("%s is not wrong", (_, each, at) => {
    const [one, two] = [right[at]!, wasm[at]!];
    // Not every runtime has each of them for float64.
    for (const outputs of [one, two].filter((answer) => !(answer instanceof Error))) {
      const given = readElements((outputs as readonly TensorValue[])[0]!);
      const elsewhere = given.numbers.slice();
      const [first = 0] = elsewhere;
      elsewhere[0] = first === 0 ? 2 ** -60 : first * (1 + 2 ** -52);
      const explanation = ask(each, outputs as readonly TensorValue[], [tensor("float64", given.dims, elsewhere)]);
      expect(explanation?.wrong).toEqual([]);
    }
  });

  test("the tanh form of Gelu with constants in float32", () => {
    const node = cases[0]!;
    const [root, cubic] = [Math.fround(Math.sqrt(2 / Math.PI)), Math.fround(0.044715)];
    const by = (a: number, b: number): number[] =>
      Array.from(readElements(node.inputs[0]!).numbers, (x) => (x / 2) * (1 + Math.tanh(a * (x + b * x ** 3))));
    const outputs = (values: readonly number[]): TensorValue[] => [tensor("float64", [64], values)];
    const exact = by(Math.sqrt(2 / Math.PI), 0.044715);
    expect(ask(node, outputs(exact), outputs(by(root, cubic)))?.wrong).toEqual([]);
    expect(ask(node, outputs(exact), outputs(by(root + 1e-4, cubic)))?.cause).toBe("WRONG_RESULT");
  });

  test("an argument reduced by a pi of few parts", () => {
    const x = [Math.PI * 7, 1];
    const node = oneNode("Sin", [tensor("float64", [2], x)]);
    const given = (off: number): TensorValue[] => [tensor("float64", [2], [Math.sin(x[0]!) + off, Math.sin(1)])];
    expect(ask(node, given(0), given(40 * 2 ** -53))?.wrong).toEqual([]);
    expect(ask(node, given(0), given(2 ** -40))?.cause).toBe("WRONG_RESULT");
  });
});

describe("LRN in float32, whose squares are added and taken off", () => {
  const channels = 12;
  const loud = [1000, 900, ...Array.from({ length: channels - 2 }, () => 0.5 + random())];
  const node = (of: readonly number[]): OneNode =>
    oneNode("LRN", [tensor("float32", [1, channels, 1, 1], of)], { size: int(3), alpha: float(1), bias: float(1) });
  const quiet = loud.map((each) => each / 1000);
  const nodes = [node(loud), node(quiet)];
  const right = runAlone(nodes, { provider: "cpu" });

  const direct = (of: readonly number[]): TensorValue => {
    const x = of.map(Math.fround);
    const squares = (at: number): number => [at - 1, at, at + 1].reduce((sum, each) => sum + (x[each] ?? 0) ** 2, 0);
    return tensor(
      "float32",
      [1, channels, 1, 1],
      x.map((each, at) => each / (1 + squares(at) / 3) ** 0.75),
    );
  };

  test("behind channels of large numbers ONNX Runtime's results are not wrong", () => {
    const [outputs] = right;
    if (outputs instanceof Error || outputs === undefined) throw outputs;
    const exact = direct(loud);
    const [given, wanted] = [readElements(outputs[0]!).numbers, readElements(exact).numbers];
    expect(Math.max(...given.map((each, at) => Math.abs(each / wanted[at]! - 1)))).toBeGreaterThan(2 ** -12);
    expect(ask(nodes[0]!, [exact], outputs)?.wrong).toEqual([]);
  });

  test("such an error without large numbers is wrong", () => {
    const moved = readElements(direct(quiet)).numbers.map((each) => each * (1 + 2 ** -12));
    expect(ask(nodes[1]!, [direct(quiet)], [tensor("float32", [1, channels, 1, 1], moved)])?.cause).toBe(
      "WRONG_RESULT",
    );
  });
});
