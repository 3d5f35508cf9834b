import { describe, expect, test } from "vitest";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { ask } from "./ask.ts";
import { type OneNode, oneNode } from "./one-node.ts";
import { float, int } from "./operator-cases.ts";
import { tensor } from "./tensors.ts";

const row = (...numbers: readonly number[]): TensorValue => tensor("float32", [1, numbers.length], numbers);

/** One node with what is right and with what one side is made to return. */
interface Injected {
  readonly label: string;
  readonly node: OneNode;
  readonly right: readonly number[];
  readonly given: readonly number[];
}

function unary(
  op: string,
  x: number,
  right: number,
  given: number,
  attributes: Parameters<typeof oneNode>[2] = {},
): Injected {
  return { label: `${op}(${x}) = ${given}`, node: oneNode(op, [row(x)], attributes), right: [right], given: [given] };
}

function binary(op: string, x: number, y: number, right: number, given: number): Injected {
  return { label: `${op}(${x}, ${y}) = ${given}`, node: oneNode(op, [row(x), row(y)]), right: [right], given: [given] };
}

function line(op: string, x: readonly number[], right: readonly number[], given: readonly number[]): Injected {
  return { label: `${op}(${x.join(", ")}) = ${given.join(", ")}`, node: oneNode(op, [row(...x)]), right, given };
}

/** The explanation when a source returns what was injected, and CPU (or WASM) what is right. */
function injected({ node, right, given }: Injected, source: string) {
  const reference = source === "CPU" ? "WASM" : "CPU";
  const dims = [1, right.length];
  return ask(node, [tensor("float32", dims, right)], [tensor("float32", dims, given)], [reference, source]);
}

const OUT_OF_RANGE: readonly Injected[] = [
  unary("Sigmoid", -18, 1.52e-8, -5.96e-8),
  unary("Sigmoid", 20, 1, 1.0000001),
  unary("Tanh", 9, 1, 1.0000006),
  unary("Tanh", -9, -1, -1.0000004),
  unary("Erf", 5, 1, 1.0000005),
  unary("Erf", -5, -1, -1.0000001),
  unary("HardSigmoid", -3, 0, -1e-7),
  unary("HardSigmoid", 3, 1, 1.0000001),
  unary("Exp", -100, 3.8e-44, -1e-38),
  unary("Exp", -200, 0, -1e-40),
  unary("Sin", 1.5707964, 1, 1.0000001),
  unary("Cos", 0, 1, 1.0000001),
  unary("Cos", Math.PI, -1, -1.0000001),
  unary("Acos", 1, 0, -1e-6),
  unary("Asin", 1, Math.PI / 2, 1.5707967),
  unary("Atan", 1e30, Math.PI / 2, 1.571),
  unary("Acosh", 1, 0, -1e-7),
  unary("Softplus", -50, Math.exp(-50), -1e-22),
  unary("Softsign", 1e6, 0.999999, 1.0000004),
  unary("Elu", -30, -1, -1.0000001),
  unary("Elu", -30, -0.5, -0.5000001, { alpha: float(0.5) }),
  unary("Selu", -30, -1.7580993, -1.7581),
  unary("Celu", -60, -2, -2.0000005, { alpha: float(2) }),
  line("Softmax", [20, -20], [1, 4.2e-18], [1.0000005, 4.2e-18]),
  line("Softmax", [0, -200], [1, 0], [1, -1e-40]),
  line("LogSoftmax", [100, 0], [0, -100], [1e-7, -100]),
  binary("Pow", -3, 2, 9, -9),
  binary("Pow", -2, 3, -8, 8),
  binary("Pow", 2, -140, 7.2e-43, -1e-40),
];

test("a kernel's known overshoot has no cause; on a runtime without that kernel it is wrong", () => {
  const each = unary("Tanh", 8.6, Math.tanh(8.6), 1.0000001);
  expect(injected(each, "CPU")).toMatchObject({ cause: "UNEXPLAINED", wrong: [] });
  expect(injected(each, "CPU")?.notes.join()).toContain("exceeds the function's range");
  expect(injected(each, "WEBGPU")?.cause).toBe("WRONG_RESULT");
  // Far from saturation it is not an overshoot.
  expect(injected(unary("Tanh", 1, Math.tanh(1), 1.0000001), "CPU")?.cause).toBe("WRONG_RESULT");
});

const ABSURD_ON_GPUS: readonly Injected[] = [
  unary("Sin", 4, Math.sin(4), 1e30),
  unary("Sin", 4, Math.sin(4), NaN),
  unary("Cos", 1e6, Math.cos(1e6), -40),
  unary("Tan", 4, Math.tan(4), 1e30),
  unary("Tan", 4, Math.tan(4), -3),
  binary("Pow", -3, 2, 9, 1234),
  binary("Pow", 0, 2, 0, 5),
  binary("Pow", 0, -1, Infinity, 5),
  binary("Pow", 2, Infinity, Infinity, 5),
  line("Softmax", [0, 1, -Infinity], [0.26894143, 0.7310586, 0], [5, -3, 9]),
  line("Softmax", [0, 1, -Infinity], [0.26894143, 0.7310586, 0], [0.25, 0.5, 0.25]),
  unary("Log", 1e-40, Math.log(1e-40), 3),
  unary("Log", 0, -Infinity, 5),
  unary("Asinh", -3400, Math.asinh(-3400), 5),
  unary("Asinh", 1e20, Math.asinh(1e20), 3),
  unary("Acosh", 1e20, Math.acosh(1e20), 3),
  unary("Exp", 89, Infinity, 5),
  unary("Exp", 1e-40, 1, 7),
  unary("Cosh", 89.25, Math.cosh(89.25), -Infinity),
  binary("Add", Infinity, 1, Infinity, 5),
  binary("Mul", 1e30, 1e30, Infinity, 5),
  binary("Mul", 1e30, -1e30, -Infinity, Infinity),
  binary("Sub", Infinity, Infinity, NaN, 5),
  binary("Div", 1, 0, Infinity, 5),
  binary("Div", 1e38, 0.01, Infinity, 17),
  binary("Max", Infinity, 1, Infinity, 5),
  unary("LeakyRelu", -1e-40, -1e-42, 3),
  unary("Sqrt", Infinity, Infinity, 2),
];

describe.each(["CPU", "WASM", "WEBGPU", "CUDA", "a peer"])("outside the function's range on %s", (source) => {
  test.each(OUT_OF_RANGE.map((each) => [each.label, each] as const))("%s is a wrong result", (_, each) => {
    const explanation = injected(each, source);
    expect(explanation?.cause).toBe("WRONG_RESULT");
    expect(explanation?.wrong.map(({ side }) => side)).toEqual(["other"]);
    expect(explanation?.notes.join()).toContain("lies within [");
  });
});

describe.each(["WEBGPU", "a peer"])("an absurd value on %s", (source) => {
  test.each(ABSURD_ON_GPUS.map((each) => [each.label, each] as const))("%s is a wrong result", (_, each) => {
    const explanation = injected(each, source);
    expect(explanation?.cause).toBe("WRONG_RESULT");
    expect(explanation?.wrong.map(({ side }) => side)).toEqual(["other"]);
  });
});

test("an attention mask of -inf is bounded on every backend", () => {
  const each = line("Softmax", [0, -Infinity], [1, 0], [0.3, 0.7]);
  for (const source of ["CPU", "WASM", "WEBGPU", "CUDA"]) expect(injected(each, source)?.cause).toBe("WRONG_RESULT");
  const near = line("Softmax", [0, 1, -Infinity], [0.26894143, 0.7310586, 0], [0.26894146, 0.73105854, 0]);
  expect(injected(near, "WEBGPU")?.cause).toBe("APPROXIMATED_FUNCTION");
});

test("a subnormal that a GPU flushes is a special value, and any other number is not", () => {
  expect(injected(unary("Exp", -100, 3.8e-44, 0), "WEBGPU")?.cause).not.toBe("WRONG_RESULT");
  expect(injected(unary("LeakyRelu", -1e-40, -1e-42, 0), "WEBGPU")?.cause).toBe("SPECIAL_VALUE");
  expect(injected(unary("Abs", -1e-40, 1e-40, 0), "WEBGPU")?.cause).toBe("SPECIAL_VALUE");
  expect(injected(unary("Abs", -1e-40, 1e-40, 2e-40), "WEBGPU")?.cause).toBe("WRONG_RESULT");
});

describe("NaN", () => {
  const LOST: readonly Injected[] = [
    binary("Min", NaN, 10, NaN, 10),
    binary("Max", 10, NaN, NaN, 10),
    unary("Relu", NaN, NaN, 0),
    unary("Clip", NaN, NaN, 0),
    unary("Sigmoid", NaN, NaN, 0),
    unary("Exp", NaN, NaN, Infinity),
    unary("HardSigmoid", NaN, NaN, 1),
    binary("Add", NaN, 1, NaN, 1),
    binary("Mul", NaN, 3, NaN, 0),
    line("Softmax", [NaN, 1], [NaN, NaN], [0, 0]),
  ];
  test.each(LOST.map((each) => [each.label, each] as const))(
    "%s: NaN was expected, as a cause of its own",
    (_, each) => {
      for (const source of ["CPU", "WEBGPU", "CUDA"]) {
        const explanation = injected(each, source);
        expect(explanation?.cause).toBe("NAN_PROPAGATION");
        expect(explanation?.notes.join()).toContain("NaN was expected");
      }
    },
  );

  const NEVER: readonly Injected[] = [
    binary("Min", NaN, 10, NaN, 7),
    unary("Relu", NaN, NaN, 3),
    unary("Sigmoid", NaN, NaN, 0.25),
    unary("Sigmoid", NaN, NaN, 2),
    unary("Tanh", NaN, NaN, 0.3),
    binary("Add", NaN, 1, NaN, 7),
    unary("Neg", NaN, NaN, 4),
    unary("Identity", NaN, NaN, 0),
    unary("Round", NaN, NaN, 3),
    line("Softmax", [NaN, 1], [NaN, NaN], [0.3, 0.7]),
  ];
  test.each(NEVER.map((each) => [each.label, each] as const))(
    "%s is wrong: a NaN excuses no other number",
    (_, each) => {
      for (const source of ["CPU", "WEBGPU", "CUDA"]) {
        const explanation = injected(each, source);
        expect([source, explanation?.cause]).toEqual([source, "WRONG_RESULT"]);
      }
    },
  );

  test("a NaN does not excuse an element that does not depend on it", () => {
    const node = oneNode("Add", [row(NaN, 1), row(1, 1)]);
    const explanation = ask(node, [row(NaN, 2)], [row(NaN, 3)], ["CPU", "WEBGPU"]);
    expect(explanation?.wrong).toMatchObject([{ side: "other", index: 1, exact: 2 }]);
  });

  const reduced = (op: string, right: number, given: number): Injected => ({
    label: `${op}([inf, NaN, 2.5, 1]) = ${given}`,
    node: oneNode(op, [row(Infinity, NaN, 2.5, 1), tensor("int64", [1], [1])], { keepdims: int(1) }, { opset: 18 }),
    right: [right],
    given: [given],
  });

  test("a minimum over elements with NaN is NaN or the smallest number", () => {
    expect(injected(reduced("ReduceMin", NaN, 2.5), "CPU")?.cause).toBe("WRONG_RESULT");
    expect(injected(reduced("ReduceMin", NaN, 1), "CPU")?.cause).toBe("NAN_PROPAGATION");
    expect(injected(reduced("ReduceMax", NaN, Infinity), "CPU")?.cause).toBe("NAN_PROPAGATION");
    expect(injected(reduced("ReduceMax", NaN, 2.5), "CPU")?.cause).toBe("WRONG_RESULT");
  });

  test("NaN in place of a number is wrong", () => {
    for (const each of [
      unary("Relu", 3, 3, NaN),
      binary("Add", 1, 2, 3, NaN),
      line("Softmax", [0, 0], [0.5, 0.5], [NaN, 0.5]),
    ])
      for (const source of ["CPU", "WEBGPU"]) expect(injected(each, source)?.cause).toBe("WRONG_RESULT");
  });
});

describe("TopK that is not sorted", () => {
  const node = oneNode(
    "TopK",
    [row(5, 1, 9, 3, 9), tensor("int64", [1], [3])],
    { sorted: int(0), axis: int(-1) },
    { outputs: 2 },
  );
  const given = (values: readonly number[], places: readonly number[]) => [
    tensor("float32", [1, 3], values),
    tensor("int64", [1, 3], places),
  ];
  const right = given([9, 9, 5], [2, 4, 0]);
  test.each([
    ["values absent from the input", [99, 98, 5], [2, 4, 0]],
    ["a value that is not among the largest", [9, 9, 3], [2, 4, 3]],
    ["a value more often than the input has it", [9, 5, 5], [2, 0, 0]],
    ["a place outside the input", [9, 9, 5], [2, 4, 17]],
    ["a place of a smaller element", [9, 9, 5], [2, 4, 1]],
    ["a place twice", [9, 9, 5], [2, 2, 0]],
    ["a place of another value than the one next to it", [9, 9, 5], [0, 4, 2]],
    ["all places in another order than their values", [5, 9, 9], [2, 4, 0]],
  ])("%s is wrong", (_, values, places) => {
    for (const source of ["WASM", "WEBGPU"])
      expect(ask(node, right, given(values, places), ["CPU", source])?.cause).toBe("WRONG_RESULT");
  });

  test("another order is not wrong, and stays without a cause", () => {
    const explanation = ask(node, right, given([5, 9, 9], [0, 4, 2]), ["CPU", "WEBGPU"]);
    expect(explanation).toMatchObject({ cause: "UNEXPLAINED", wrong: [] });
  });
});

test("a comparison with an infinity is wrong on a shader too, if the largest finite number gives the same result", () => {
  const node = oneNode("Greater", [row(Infinity), row(1)]);
  const [yes, no] = [1, 0].map((each) => [tensor("bool", [1, 1], [each])]);
  expect(ask(node, yes!, no!, ["CPU", "WEBGPU"])?.wrong).toMatchObject([{ side: "other", exact: 1 }]);
});

test.each([
  ["Sin", 2, Math.sin(2), -Math.sin(2)],
  ["Cos", 3, Math.cos(3), 0.5],
  ["Tan", 1, Math.tan(1), -1.5],
  ["Asin", 0.5, Math.asin(0.5), -0.5],
  ["Acos", 0.5, Math.acos(0.5), 2],
  ["Atan", 2, Math.atan(2), 0.5],
] as const)(
  "%s in float16 has WGSL's accuracy for that type, not that of float32 in coarser steps",
  (op, x, right, given) => {
    const half = (number: number): TensorValue => tensor("float16", [1], [number]);
    const explanation = ask(oneNode(op, [half(x)]), [half(right)], [half(given)], ["CPU", "WEBGPU"]);
    expect(explanation?.wrong).toMatchObject([{ side: "other" }]);
  },
);

test("an opset before 13 takes the softmax over all axes from the given one on", () => {
  const input = tensor("float32", [1, 2, 2], [0, 0, 0, 0]);
  const node = oneNode("Softmax", [input], {}, { opset: 11 });
  const right = tensor("float32", [1, 2, 2], [0.25, 0.25, 0.25, 0.25]);
  const other = tensor("float32", [1, 2, 2], [0.5, 0.5, 0.25, 0.25]);
  expect(ask(node, [right], [other])?.wrong).toMatchObject([{ elements: 2, exact: 0.25 }]);
});
