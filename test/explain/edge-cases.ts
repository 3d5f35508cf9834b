import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { tensorValue } from "#core/tensors/tensor-value.ts";
import { float, int, ints, text } from "./operator-cases.ts";
import { oneNode, type OneNode } from "./one-node.ts";
import { tensor } from "./tensors.ts";

/** Zeros of both signs, subnormals, the ends of the range, infinities and NaN among ordinary numbers. */
const EDGES = Object.freeze([
  0,
  -0,
  1,
  -1,
  0.5,
  -2.5,
  3.7,
  2 ** -149,
  -(2 ** -140),
  2 ** -126,
  -(2 ** -126),
  1.5 * 2 ** -127,
  2 ** -100,
  2 ** 100,
  -(2 ** 127),
  3.4028234663852886e38,
  -3.4028234663852886e38,
  88.7,
  88.8,
  -87.3,
  -88.5,
  -103.9,
  -104.5,
  1e-7,
  -1e-7,
  19.5,
  -19.5,
]);
const WITH_NONFINITE = Object.freeze([...EDGES, Infinity, -Infinity, NaN]);

const row = (numbers: readonly number[]): TensorValue => tensor("float32", [1, numbers.length], numbers);
const column = (numbers: readonly number[]): TensorValue => tensor("float32", [numbers.length, 1], numbers);
const square = (numbers: readonly number[]): TensorValue =>
  tensor(
    "float32",
    [1, 1, 6, 6],
    Array.from({ length: 36 }, (_, at) => numbers[(at * 7) % numbers.length]!),
  );

/** One-node models fed with what arithmetic treats specially. */
export function edgeCases(): readonly OneNode[] {
  const nodes: OneNode[] = [];
  for (const [label, numbers] of [
    ["finite", EDGES],
    ["with NaN and infinities", WITH_NONFINITE],
  ] as const) {
    const add = (
      op: string,
      inputs: readonly (TensorValue | null)[],
      ...rest: [Parameters<typeof oneNode>[2]?, Parameters<typeof oneNode>[3]?]
    ): void => {
      const [attributes, shape] = rest;
      nodes.push(oneNode(op, inputs, attributes, { ...shape, label: `${op}, ${label}` }));
    };
    for (const op of [
      "Identity",
      "Relu",
      "LeakyRelu",
      "ThresholdedRelu",
      "Sqrt",
      "Reciprocal",
      "Neg",
      "Abs",
      "Floor",
      "Ceil",
      "Round",
      "Sign",
      "Exp",
      "Log",
      "Tanh",
      "Sigmoid",
      "Erf",
      "Softplus",
      "Softsign",
      "Elu",
      "Selu",
      "Celu",
      "Mish",
      "HardSigmoid",
      "HardSwish",
      "Gelu",
      "Atan",
      "Sinh",
      "Cosh",
      "Asinh",
      "Acosh",
      "Asin",
      "Acos",
      "Atanh",
      "Sin",
      "Cos",
      "Tan",
      "IsNaN",
      "Softmax",
      "LogSoftmax",
    ])
      add(op, [row(numbers)]);
    add("Gelu", [row(numbers)], { approximate: text("tanh") });
    for (const op of ["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "PRelu"])
      add(op, [row(numbers), column(numbers)].toReversed());
    for (const op of ["Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"])
      add(op, [row(numbers), column(numbers)]);
    add("Clip", [row(numbers), tensor("float32", [], [-1]), tensor("float32", [], [2])]);
    add("Where", [
      tensor(
        "bool",
        [1, numbers.length],
        numbers.map((_, at) => at % 2),
      ),
      row(numbers),
      column(numbers),
    ]);
    add("Transpose", [column(numbers)]);
    add("Concat", [row(numbers), row(numbers)], { axis: int(1) });
    add("Slice", [row(numbers), tensor("int64", [1], [2]), tensor("int64", [1], [9]), tensor("int64", [1], [1])]);
    add("Gather", [row(numbers), tensor("int64", [3], [3, 7, 1])], { axis: int(1) });
    add("Pad", [square(numbers), tensor("int64", [8], [0, 0, 1, 1, 0, 0, 1, 1])]);
    add("MaxPool", [square(numbers)], { kernel_shape: ints(2, 2) });
    add("AveragePool", [square(numbers)], { kernel_shape: ints(2, 2) });
    add("GlobalMaxPool", [square(numbers)]);
    add("GlobalAveragePool", [square(numbers)]);
    for (const op of ["ReduceMax", "ReduceMin", "ReduceSum", "ReduceMean", "ReduceL2", "ReduceProd", "ReduceLogSumExp"])
      add(op, [square(numbers), tensor("int64", [1], [3])], {}, { opset: 18 });
    add("CumSum", [row(numbers), tensor("int64", [], [1])]);
    add(
      "LayerNormalization",
      [square(numbers), tensor("float32", [6], [1, 2, 3, 4, 5, 6]), tensor("float32", [6], [0, 1, 0, 1, 0, 1])],
      {},
      { weights: [1, 2] },
    );
    add(
      "BatchNormalization",
      [square(numbers), ...[1, 0.5, 0.25, 2].map((each) => tensor("float32", [1], [each]))],
      {},
      { weights: [1, 2, 3, 4] },
    );
    add(
      "InstanceNormalization",
      [square(numbers), tensor("float32", [1], [2]), tensor("float32", [1], [1])],
      {},
      { weights: [1, 2] },
    );
    add("LRN", [square(numbers)], { size: int(3), alpha: float(0.01) });
    add("Cast", [row(numbers)], { to: int(10) });
    add("Cast", [row(numbers)], { to: int(6) });
    add("Cast", [row(numbers)], { to: int(9) });
    add("Cast", [row(numbers)], { to: int(11) });
    add(
      "QuantizeLinear",
      [row(numbers), tensor("float32", [], [0.1]), tensor("uint8", [], [7])],
      {},
      { weights: [1, 2] },
    );
  }
  // A NaN with a payload, whose bits a copy keeps.
  const payload = tensorValue(
    "float32",
    [4],
    new Uint8Array(Uint32Array.of(0x7fc00123, 0xffc00000, 0x7f800001, 0x3f800000).buffer),
  );
  for (const op of ["Identity", "Relu", "Neg"])
    nodes.push(oneNode(op, [payload], {}, { label: `${op}, NaN payloads` }));
  return nodes;
}
