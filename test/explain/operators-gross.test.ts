import { describe, expect, test } from "vitest";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { readElements } from "#core/tensors/read-elements.ts";
import { explainNode } from "#core/explain/explain.ts";
import { ask } from "./ask.ts";
import { explainedSource } from "./explained-side.ts";
import { type OneNode, oneNode, runAlone } from "./one-node.ts";
import { float, generator, int, ints, text } from "./operator-cases.ts";
import { tensor } from "./tensors.ts";

const SOURCES = ["CPU", "WASM", "WEBGPU", "CUDA", "a peer"];

function filled(dims: readonly number[], seed: number, least = -1, most = 1): TensorValue {
  const random = generator(seed);
  const length = dims.reduce((product, size) => product * size, 1);
  return tensor(
    "float32",
    dims,
    Array.from({ length }, () => least + (most - least) * random()),
  );
}

function changed(output: TensorValue, change: (numbers: Float64Array) => void): TensorValue {
  const numbers = readElements(output).numbers.slice();
  change(numbers);
  return tensor(output.type, output.dims, numbers);
}

function run(node: OneNode): readonly TensorValue[] {
  const [answer] = runAlone([node], { provider: "cpu" });
  if (answer === undefined || answer instanceof Error) throw new Error(`${node.label} did not run: ${answer}`);
  return answer;
}

/** The cause when a source gives the first output changed, and another one what the CPU gave. */
function causeOf(
  node: OneNode,
  right: readonly TensorValue[],
  source: string,
  change: (numbers: Float64Array) => void,
) {
  const reference = source === "CPU" ? "WASM" : "CPU";
  const explanation = ask(node, right, [changed(right[0]!, change), ...right.slice(1)], [reference, source]);
  return [source, explanation?.cause, explanation?.wrong.map(({ side }) => side)];
}

describe.each(["LSTM", "GRU", "RNN"])("%s", (op) => {
  const gates = { LSTM: 4, GRU: 3, RNN: 1 }[op]!;
  const inputs = [filled([5, 2, 8], 1), filled([1, gates * 6, 8], 2), filled([1, gates * 6, 6], 3)];
  const node = oneNode(op, inputs, { hidden_size: int(6) }, { weights: [1, 2] });
  const right = run(node);

  test.each(SOURCES)("42 is outside the activations' range on %s", (source) => {
    expect(causeOf(node, right, source, (numbers) => (numbers[7] = 42))).toEqual([source, "WRONG_RESULT", ["other"]]);
    expect(causeOf(node, right, source, (numbers) => (numbers[7] = -1.001))).toEqual([
      source,
      "WRONG_RESULT",
      ["other"],
    ]);
  });

  test("inside the range a value outside the bound is wrong, and rounding is not excused", () => {
    expect(causeOf(node, right, "WEBGPU", (numbers) => (numbers[7] = 0.5))[1]).toBe("WRONG_RESULT");
    expect(causeOf(node, right, "WEBGPU", (numbers) => (numbers[7]! += 1e-7))[1]).toBe("UNEXPLAINED");
  });

  test("an activation without a range cannot be checked", () => {
    const relu = { kind: "strings", value: Array.from({ length: 3 }, () => new TextEncoder().encode("Relu")) } as const;
    const open = oneNode(op, inputs, { hidden_size: int(6), activations: relu });
    expect(causeOf(open, right, "WEBGPU", (numbers) => (numbers[7] = 42))[1]).toBe("UNEXPLAINED");
  });
});

describe("attention", () => {
  const [query, key] = [filled([1, 3, 8], 4), filled([1, 5, 8], 5)];
  const node = (values: TensorValue): OneNode =>
    oneNode("MultiHeadAttention", [query, key, values], { num_heads: int(2) }, { domain: "com.microsoft" });
  const positive = node(filled([1, 5, 8], 6, 0.5, 1));
  const mixed = node(filled([1, 5, 8], 7));

  test.each(SOURCES)("lies between the values that it averages on %s", (source) => {
    const right = run(positive);
    for (const value of [0, 1.001, -3, 0.4])
      expect(causeOf(positive, right, source, (numbers) => (numbers[9] = value))).toEqual([
        source,
        "WRONG_RESULT",
        ["other"],
      ]);
  });

  test.each(SOURCES)("all zeros for values that are not is wrong on %s", (source) => {
    for (const each of [positive, mixed])
      expect(causeOf(each, run(each), source, (numbers) => numbers.fill(0))).toEqual([
        source,
        "WRONG_RESULT",
        ["other"],
      ]);
  });
});

describe("an operator that is not evaluated", () => {
  const node = oneNode("NotKnownHere", [filled([4, 8], 8)], {}, { domain: "com.microsoft" });
  const right = [filled([4, 8], 9)];

  test("returns only zeros where the other side does not: that side is wrong", () => {
    for (const source of SOURCES)
      expect(causeOf(node, right, source, (numbers) => numbers.fill(0))).toEqual([source, "WRONG_RESULT", ["other"]]);
  });

  test("other differences stay unexplained", () => {
    expect(causeOf(node, right, "WEBGPU", (numbers) => numbers.set([0, 0, 0]))[1]).toBe("UNEXPLAINED");
    expect(causeOf(node, right, "WEBGPU", (numbers) => (numbers[5] = 1e9))[1]).toBe("UNEXPLAINED");
  });

  test("returns one value everywhere, or only NaN, where the other side does not: that side is wrong", () => {
    for (const value of [3, -0.5, NaN])
      for (const source of SOURCES)
        expect(causeOf(node, right, source, (numbers) => numbers.fill(value))).toEqual([
          source,
          "WRONG_RESULT",
          ["other"],
        ]);
  });

  test("one value is not called wrong if the inputs or the other side's results are as constant", () => {
    const ones = tensor("float32", [32], Array<number>(32).fill(1));
    const constant = oneNode("NotKnownHere", [ones], {});
    expect(causeOf(constant, right, "WEBGPU", (numbers) => numbers.fill(3))[1]).toBe("UNEXPLAINED");
    const saturated = [changed(right[0]!, (numbers) => numbers.fill(1).set([0.99, 0.98]))];
    expect(causeOf(node, saturated, "WEBGPU", (numbers) => numbers.fill(1))[1]).toBe("UNEXPLAINED");
    const overflown = oneNode("NotKnownHere", [changed(filled([32], 8), (numbers) => numbers.set([Infinity]))], {});
    expect(causeOf(overflown, right, "WEBGPU", (numbers) => numbers.fill(NaN))[1]).toBe("UNEXPLAINED");
  });

  describe("with a third backend as a juror", () => {
    const ask3 = (changes: readonly ((numbers: Float64Array) => void)[]) => {
      const [reference, other, juror] = changes.map((change) => [changed(right[0]!, change)]);
      return explainNode({
        node: node.node,
        opset: node.opset,
        inputs: node.inputs,
        reference: explainedSource("CPU", reference!),
        other: explainedSource("WEBGPU", other!),
        jury: [explainedSource("WASM", juror!)],
      });
    };
    const same = (): void => {};
    const far = (numbers: Float64Array): void => void (numbers[5] = 9);
    const rounded = (numbers: Float64Array): void => void (numbers[5] = numbers[5]! * (1 + 2 ** -20));

    test("the source that is far from both others is wrong and named", () => {
      const found = ask3([same, far, rounded]);
      expect(found).toMatchObject({ cause: "WRONG_RESULT", wrong: [{ side: "other", index: 5, value: 9 }] });
      expect(found?.notes.join(" ")).toContain("WEBGPU is alone: CPU and WASM agree");
      expect(ask3([far, same, rounded])).toMatchObject({ cause: "WRONG_RESULT", wrong: [{ side: "reference" }] });
    });

    test("nothing is claimed of rounding, or if all three differ", () => {
      expect(ask3([same, rounded, same])?.cause).toBe("UNEXPLAINED");
      expect(ask3([same, far, (numbers) => void (numbers[5] = 4)])?.cause).toBe("UNEXPLAINED");
    });
  });

  test("zeros for inputs of zeros, or from a random operator, are not called wrong", () => {
    const zeros = oneNode(
      "NotKnownHere",
      [
        tensor(
          "float32",
          [32],
          Array.from({ length: 32 }, () => 0),
        ),
      ],
      {},
    );
    expect(causeOf(zeros, right, "WEBGPU", (numbers) => numbers.fill(0))[1]).toBe("UNEXPLAINED");
    const random = oneNode("RandomNormalLike", [filled([32], 1)], {});
    expect(causeOf(random, right, "WEBGPU", (numbers) => numbers.fill(0))[1]).toBe("UNEXPLAINED");
  });
});

describe("Resize", () => {
  const input = filled([1, 2, 4, 5], 10, -4, 4);
  const scales = tensor("float32", [4], [1, 1, 1.7, 2.3]);
  const modes = ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"];
  const roundings = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"];
  const nearest = modes.flatMap((mode) =>
    roundings.map((rounding) =>
      oneNode(
        "Resize",
        [input, null, scales],
        { coordinate_transformation_mode: text(mode), nearest_mode: text(rounding) },
        { weights: [2], label: `nearest ${mode} ${rounding}` },
      ),
    ),
  );
  const linear = modes.map((mode) =>
    oneNode(
      "Resize",
      [input, null, scales],
      { coordinate_transformation_mode: text(mode), mode: text("linear") },
      { weights: [2], label: `linear ${mode}` },
    ),
  );
  const sized = oneNode("Resize", [input, null, null, tensor("int64", [4], [1, 2, 7, 3])], { mode: text("linear") });
  const old = oneNode("Upsample", [input, tensor("float32", [4], [1, 1, 2, 3])], {}, { opset: 9, weights: [1] });
  const cases = [...nearest, ...linear, { ...sized, label: "linear by sizes" }, { ...old, label: "Upsample" }];

  test.each(cases.map((each) => [each.label, each] as const))(
    "%s: the CPU is right, and a neighbour is not",
    (_, each) => {
      const right = run(each);
      for (const source of SOURCES) {
        expect(causeOf(each, right, source, (numbers) => (numbers[11] = numbers[11]! + 0.3))).toEqual([
          source,
          "WRONG_RESULT",
          ["other"],
        ]);
        expect(causeOf(each, right, source, (numbers) => (numbers[0] = 77))[1]).toBe("WRONG_RESULT");
      }
    },
  );

  test("a cubic one is checked against its range", () => {
    const cubic = oneNode(
      "Resize",
      [input, null, scales],
      { mode: text("cubic"), cubic_coeff_a: float(-0.75) },
      { weights: [2] },
    );
    const right = run(cubic);
    expect(causeOf(cubic, right, "WEBGPU", (numbers) => (numbers[3] = 1e6))).toEqual([
      "WEBGPU",
      "WRONG_RESULT",
      ["other"],
    ]);
    expect(causeOf(cubic, right, "WEBGPU", (numbers) => (numbers[3] = 0.1))[1]).toBe("UNEXPLAINED");
  });
});

describe("MaxUnpool", () => {
  const input = tensor("float32", [1, 1, 2, 2], [5, 6, 7, 8]);
  const indices = tensor("int64", [1, 1, 2, 2], [5, 7, 13, 15]);
  const attributes = { kernel_shape: ints(2, 2), strides: ints(2, 2) };
  const node = oneNode("MaxUnpool", [input, indices], attributes);

  test.each(SOURCES)("77, and an element at another place, are wrong on %s", (source) => {
    const right = run(node);
    expect(readElements(right[0]!).numbers[5]).toBe(5);
    expect(causeOf(node, right, source, (numbers) => (numbers[5] = 77))).toEqual([source, "WRONG_RESULT", ["other"]]);
    expect(causeOf(node, right, source, (numbers) => numbers.copyWithin(6, 5, 6))[1]).toBe("WRONG_RESULT");
  });

  test("with an output_shape, indices count through the shape that follows from the window", () => {
    const larger = oneNode("MaxUnpool", [input, indices, tensor("int64", [4], [1, 1, 5, 5])], attributes, {
      opset: 11,
    });
    // ONNX's own test data: rows of 5, with the elements where rows of 4 have them.
    const expected = Array.from({ length: 25 }, () => 0);
    for (const [place, number] of [
      [6, 5],
      [8, 6],
      [16, 7],
      [18, 8],
    ] as const)
      expected[place] = number;
    const right = [tensor("float32", [1, 1, 5, 5], expected)];
    const explanation = ask(larger, right, run(larger), ["expected", "CPU"]);
    expect(explanation?.wrong).toMatchObject([{ side: "other" }]);
  });
});
