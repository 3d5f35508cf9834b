import type { Attribute } from "#core/onnx/graph.ts";
import { tensorOfBytes } from "#core/onnx/tensor.ts";
import type { ElementType, TensorValue } from "#core/tensors/tensor-value.ts";
import { oneNode, type OneNode } from "./one-node.ts";
import { tensor } from "./tensors.ts";

export const int = (value: number): Attribute => ({ kind: "int", value: BigInt(value) });
export const ints = (...value: readonly number[]): Attribute => ({ kind: "ints", value: value.map(BigInt) });
export const float = (value: number): Attribute => ({ kind: "float", value: Math.fround(value) });
export const text = (value: string): Attribute => ({ kind: "string", value: new TextEncoder().encode(value) });
const scalarTensor = (value: number): Attribute => {
  const { bytes } = tensor("float32", [1], [value]);
  return { kind: "tensor", value: tensorOfBytes("", [1], "float32", bytes) };
};

/** Mulberry32: the same numbers in every run. Between 0 and 1. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const count = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** Random one-node models of every operator that explain.ts knows, but for Conv, Gemm and MatMul. */
export function operatorCases(seed: number): readonly OneNode[] {
  const random = generator(seed);
  const between = (least: number, most: number): number => least + (most - least) * random();
  const fill = (dims: readonly number[], least: number, most: number, type: ElementType = "float32"): TensorValue =>
    tensor(
      type,
      dims,
      Array.from({ length: count(dims) }, () => between(least, most)),
    );
  const whole = (type: ElementType, dims: readonly number[], least: number, most: number): TensorValue =>
    tensor(
      type,
      dims,
      Array.from({ length: count(dims) }, () => Math.floor(between(least, most + 1))),
    );
  const size = (least: number, most: number): number => Math.floor(between(least, most + 1));
  const list = (...numbers: readonly number[]): TensorValue => tensor("int64", [numbers.length], numbers);
  const scalar = (value: number, type: ElementType = "float32"): TensorValue => tensor(type, [], [value]);
  const x = (): TensorValue => fill([2, 8, 6, 6], -4, 4);
  const flat = (): TensorValue => fill([4, 64], -4, 4);
  const nodes: OneNode[] = [];
  const add = (...parts: Parameters<typeof oneNode>): void => {
    nodes.push(oneNode(...parts));
  };

  // Moves.
  add("Identity", [x()]);
  add("Reshape", [x(), list(2, -1)]);
  add("Flatten", [x()], { axis: int(2) });
  add("Transpose", [x()], { perm: ints(0, 2, 3, 1) });
  add("Squeeze", [fill([2, 1, 5], -4, 4), list(1)]);
  add("Unsqueeze", [flat(), list(0, 3)]);
  add("Concat", [x(), fill([2, 3, 6, 6], -4, 4)], { axis: int(1) });
  add("Slice", [x(), list(1, -1), list(100, -6), list(1, 3), list(2, -2)]);
  add("Gather", [x(), tensor("int64", [2, 2], [3, 0, -1, 5])], { axis: int(1) });
  add("GatherElements", [flat(), whole("int64", [2, 5], 0, 3)], { axis: int(0) });
  add("Expand", [fill([3, 1], -4, 4), list(2, 3, 5)]);
  add("Tile", [fill([2, 3], -4, 4), list(2, 3)]);
  add("Pad", [x(), list(0, 0, 1, 2, 0, 0, 0, 1), scalar(0.5)]);
  add("Pad", [x(), list(0, 0, 1, 2, 0, 0, 2, 1)], { mode: text("reflect") }, { label: "Pad reflect" });
  add("Pad", [x(), list(0, 0, 1, 2, 0, 0, 2, 1)], { mode: text("edge") }, { label: "Pad edge" });
  add("Split", [x(), list(3, 5)], { axis: int(1) }, { outputs: 2 });
  add("DepthToSpace", [x()], { blocksize: int(2) });
  add("DepthToSpace", [x()], { blocksize: int(2), mode: text("CRD") }, { label: "DepthToSpace CRD" });
  add("SpaceToDepth", [x()], { blocksize: int(2) });
  add("Dropout", [x()]);

  // Selecting.
  add("Relu", [x()]);
  add("LeakyRelu", [x()], { alpha: float(0.1) });
  add("PRelu", [x(), fill([8, 1, 1], -1, 1)]);
  add("ThresholdedRelu", [x()], { alpha: float(1.5) });
  add("Clip", [x(), scalar(-1.5), scalar(2.25)]);
  add("Max", [x(), fill([6], -1, 1), fill([8, 1, 1], -2, 2)]);
  add("Min", [x(), fill([6], -1, 1)]);
  add("Where", [whole("bool", [8, 1, 6], 0, 1), x(), fill([6], -1, 1)]);
  add("MaxPool", [x()], { kernel_shape: ints(3, 3), strides: ints(2, 2), pads: ints(1, 1, 1, 1) });
  add("MaxPool", [x()], { kernel_shape: ints(2, 2) }, { label: "MaxPool indices", outputs: 2 });
  add("GlobalMaxPool", [x()]);
  add("ReduceMax", [x(), list(1, -1)], { keepdims: int(0) });
  add("ReduceMin", [x(), list(2)]);
  add("ArgMax", [x()], { axis: int(1) });
  add("ArgMin", [x()], { axis: int(-1), keepdims: int(0) });
  add("TopK", [flat(), list(5)], {}, { outputs: 2 });

  // Correctly rounded.
  add("Add", [x(), fill([8, 1, 1], -4, 4)]);
  add("Sub", [x(), fill([6, 6], -4, 4)]);
  add("Mul", [x(), x()]);
  add("Div", [x(), fill([2, 8, 6, 6], 0.1, 7)]);
  add("Sqrt", [fill([2, 300], 0, 1000)]);
  add("Reciprocal", [fill([2, 300], 0.01, 9)]);
  for (const op of ["Neg", "Abs", "Floor", "Ceil", "Round", "Sign"]) add(op, [x()]);
  add("Cast", [x()], { to: int(10) }, { label: "Cast to float16" });
  add("Cast", [fill([300], -300, 300)], { to: int(6) }, { label: "Cast to int32" });
  add("Cast", [whole("int32", [300], -(2 ** 31), 2 ** 31 - 1)], { to: int(1) }, { label: "Cast int32 to float32" });
  add("Mod", [x(), fill([6], 0.5, 2)], { fmod: int(1) });
  add("Sum", [x(), x()], {}, { label: "Sum of 2" });
  add("Add", [whole("int32", [50], -9e8, 9e8), whole("int32", [50], -9e8, 9e8)], {}, { label: "Add int32" });
  for (const op of ["Greater", "Less", "Equal", "GreaterOrEqual", "LessOrEqual"])
    add(op, [whole("float32", [100], 0, 3), whole("float32", [100], 0, 3)]);

  // Approximated.
  for (const op of [
    "Exp",
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
    "Sin",
    "Cos",
    "Tan",
  ])
    add(op, [fill([2, 500], -6, 6)]);
  add("Gelu", [fill([2, 500], -6, 6)], { approximate: text("tanh") }, { label: "Gelu tanh" });
  add("Log", [fill([2, 500], 0.01, 40)]);
  add("Acosh", [fill([2, 500], 1, 40)]);
  for (const op of ["Asin", "Acos", "Atanh"]) add(op, [fill([2, 500], -1, 1)]);
  add("Pow", [fill([2, 500], 0.1, 9), fill([500], -3, 3)]);
  add("Pow", [fill([2, 500], -5, 5), scalar(2)], {}, { label: "Pow squared", weights: [1] });
  add("Pow", [fill([2, 500], -5, 5), scalar(3)], {}, { label: "Pow cubed", weights: [1] });
  add("Swish", [fill([2, 500], -6, 6)], {}, { opset: 24 });
  add("QuickGelu", [fill([2, 500], -6, 6)], { alpha: float(1.702) }, { domain: "com.microsoft" });
  add("FastGelu", [fill([2, 500], -6, 6)], {}, { domain: "com.microsoft" });
  add("BiasGelu", [fill([2, 500], -6, 6), fill([500], -1, 1)], {}, { domain: "com.microsoft" });
  add("Softmax", [fill([10, 10], -9, 9)]);
  add("Softmax", [fill([2, 8, 50], -9, 9)], { axis: int(1) }, { label: "Softmax axis 1" });
  add("Softmax", [fill([3, size(200, 1100)], -20, 20)], {}, { label: "Softmax of 1000" });
  add("LogSoftmax", [fill([10, 100], -9, 9)]);

  // Sums.
  for (const op of ["ReduceSum", "ReduceMean", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"]) {
    add(op, [fill([size(6, 40), size(5, 700)], -4, 4), list(1)], {}, { label: `${op} inner`, opset: 18 });
    add(op, [fill([6, size(3, 60), size(2, 20)], -4, 4), list(1)], {}, { label: `${op} middle`, opset: 18 });
    add(op, [x(), list(2, 3)], {}, { label: `${op} two axes`, opset: 18 });
  }
  add("ReduceSum", [fill([size(3, 90), size(5, 70)], -4, 4), list(0)], {}, { label: "ReduceSum outer" });
  add("ReduceProd", [fill([6, 12], 0.5, 2), list(1)], {}, { opset: 18 });
  add("ReduceLogSum", [fill([6, 40], 0.5, 2), list(1)], {}, { opset: 18 });
  add("Sum", [x(), x(), fill([6], -1, 1)], {}, { label: "Sum of 3" });
  add("Mean", [x(), x(), fill([6], -1, 1)], {}, { label: "Mean of 3" });
  add("AveragePool", [x()], { kernel_shape: ints(3, 3), strides: ints(2, 2), pads: ints(1, 1, 1, 1) });
  add(
    "AveragePool",
    [x()],
    { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1), count_include_pad: int(1) },
    { label: "AveragePool with pads" },
  );
  add("GlobalAveragePool", [fill([2, size(8, 60), size(3, 9), size(3, 9)], -4, 4)]);
  add("LpPool", [x()], { kernel_shape: ints(3, 3) });
  add(
    "BatchNormalization",
    [x(), fill([8], -2, 2), fill([8], -2, 2), fill([8], -2, 2), fill([8], 0.1, 3)],
    {},
    { weights: [1, 2, 3, 4] },
  );
  add("LayerNormalization", [fill([4, 10, 64], -3, 5), fill([64], -2, 2), fill([64], -2, 2)], {}, { weights: [1, 2] });
  add("SimplifiedLayerNormalization", [fill([4, 10, 64], -3, 5), fill([64], -2, 2)], {}, { weights: [1] });
  add("RMSNormalization", [fill([4, 10, 64], -3, 5), fill([64], -2, 2)], {}, { weights: [1], opset: 23 });
  add(
    "InstanceNormalization",
    [fill([2, 8, 7, 7], -3, 5), fill([8], -2, 2), fill([8], -2, 2)],
    {},
    { weights: [1, 2] },
  );
  add(
    "GroupNormalization",
    [fill([2, 8, 7, 7], -3, 5), fill([8], -2, 2), fill([8], -2, 2)],
    { num_groups: int(4) },
    { weights: [1, 2] },
  );
  add(
    "SkipLayerNormalization",
    [fill([2, 10, 64], -3, 5), fill([2, 10, 64], -3, 5), fill([64], -2, 2), fill([64], -2, 2)],
    {},
    { domain: "com.microsoft", weights: [2, 3] },
  );
  add("LpNormalization", [flat()]);
  add("MeanVarianceNormalization", [fill([2, 8, 7, 7], -3, 5)]);
  add("CumSum", [flat(), tensor("int64", [], [1])]);
  add("LRN", [fill([2, 8, 6, 6], -4, 4)], { size: int(3), alpha: float(0.001), beta: float(0.75), bias: float(1) });
  add("Einsum", [fill([5, 40], -2, 2), fill([40, 7], -2, 2)], { equation: text("ij,jk->ik") });

  // Eight bits.
  const s = (value: number): TensorValue => scalar(value);
  const u8 = (dims: readonly number[]): TensorValue => whole("uint8", dims, 0, 255);
  const i8 = (dims: readonly number[]): TensorValue => whole("int8", dims, -128, 127);
  add("QuantizeLinear", [fill([400], -30, 30), s(0.1), scalar(120, "uint8")], {}, { weights: [1, 2] });
  add("DequantizeLinear", [u8([400]), s(0.1), scalar(120, "uint8")], {}, { weights: [1, 2] });
  add("DynamicQuantizeLinear", [fill([4, 100], -3, 5)], {}, { outputs: 3 });
  add(
    "MatMulInteger",
    [u8([9, 64]), i8([64, 16]), scalar(7, "uint8")],
    {},
    { label: "MatMulInteger u8 s8", weights: [1, 2] },
  );
  add(
    "MatMulInteger",
    [u8([9, 64]), u8([64, 16]), scalar(7, "uint8"), scalar(3, "uint8")],
    {},
    { label: "MatMulInteger u8 u8", weights: [1, 2, 3] },
  );
  add("MatMulInteger", [i8([9, 64]), i8([64, 16])], {}, { label: "MatMulInteger s8 s8", weights: [1] });
  add(
    "ConvInteger",
    [u8([1, 4, 9, 9]), i8([8, 4, 3, 3]), scalar(7, "uint8")],
    { pads: ints(1, 1, 1, 1) },
    { weights: [1, 2] },
  );
  add(
    "QLinearMatMul",
    [
      u8([9, 64]),
      s(0.02),
      scalar(120, "uint8"),
      i8([64, 16]),
      s(0.01),
      scalar(0, "int8"),
      s(0.5),
      scalar(128, "uint8"),
    ],
    {},
    { weights: [1, 2, 3, 4, 5, 6, 7] },
  );
  add(
    "QLinearConv",
    [
      u8([1, 4, 9, 9]),
      s(0.02),
      scalar(120, "uint8"),
      i8([8, 4, 3, 3]),
      fill([8], 0.001, 0.02),
      tensor(
        "int8",
        [8],
        Array.from({ length: 8 }, () => 0),
      ),
      s(0.1),
      scalar(128, "uint8"),
      whole("int32", [8], -2000, 2000),
    ],
    { pads: ints(1, 1, 1, 1) },
    { weights: [1, 2, 3, 4, 5, 6, 7, 8] },
  );
  add(
    "QLinearAdd",
    [
      u8([4, 64]),
      s(0.02),
      scalar(120, "uint8"),
      u8([4, 64]),
      s(0.03),
      scalar(99, "uint8"),
      s(0.04),
      scalar(128, "uint8"),
    ],
    {},
    { domain: "com.microsoft", weights: [1, 2, 4, 5, 6, 7] },
  );
  add(
    "QGemm",
    [
      u8([9, 64]),
      s(0.02),
      scalar(120, "uint8"),
      i8([64, 16]),
      s(0.01),
      scalar(0, "int8"),
      whole("int32", [16], -2000, 2000),
      s(0.5),
      scalar(128, "uint8"),
    ],
    {},
    { domain: "com.microsoft", weights: [1, 2, 3, 4, 5, 6, 7, 8] },
  );

  // Half precision.
  const half = (dims: readonly number[], least: number, most: number): TensorValue =>
    fill(dims, least, most, "float16");
  for (const op of ["Add", "Mul", "Div"])
    add(op, [half([4, 64], -4, 4), half([64], 0.5, 4)], {}, { label: `${op} float16` });
  for (const op of ["Relu", "Tanh", "Sigmoid", "Exp", "Softmax"])
    add(op, [half([4, 64], -4, 4)], {}, { label: `${op} float16` });
  add("ReduceSum", [half([6, 100], -4, 4), list(1)], {}, { label: "ReduceSum float16" });
  add(
    "LayerNormalization",
    [half([4, 64], -3, 5), half([64], -2, 2), half([64], -2, 2)],
    {},
    { label: "LayerNormalization float16", weights: [1, 2] },
  );
  add("Add", [fill([4, 64], -4, 4, "float64"), fill([64], -4, 4, "float64")], {}, { label: "Add float64" });

  // Nothing is claimed for these.
  const recurrent = (gates: number): [TensorValue, TensorValue, TensorValue] => [
    fill([5, 2, 8], -1, 1),
    fill([1, gates * 6, 8], -1, 1),
    fill([1, gates * 6, 6], -1, 1),
  ];
  add("LSTM", recurrent(4), { hidden_size: int(6) }, { weights: [1, 2] });
  add("GRU", recurrent(3), { hidden_size: int(6) }, { weights: [1, 2] });
  add("RNN", recurrent(1), { hidden_size: int(6) }, { weights: [1, 2] });
  add("Resize", [x(), null, tensor("float32", [4], [1, 1, 1.7, 2.3])], { mode: text("linear") }, { weights: [2] });
  add("ConvTranspose", [x(), fill([8, 4, 3, 3], -1, 1)], { strides: ints(2, 2) }, { weights: [1] });
  add("Shrink", [x()], { lambd: float(1), bias: float(0.3) });
  add("IsNaN", [x()]);
  add("Not", [whole("bool", [30], 0, 1)]);
  add("Reshape", [whole("int32", [4, 6], -99, 99), list(6, 4)], {}, { label: "Reshape int32" });
  add(
    "ImageScaler",
    [fill([1, 3, 4, 4], -1, 1)],
    { scale: float(2), bias: { kind: "floats", value: [1, 2, 3] } },
    { opset: 6 },
  );
  add("ConstantOfShape", [list(2, 3)], { value: scalarTensor(0.5) });
  return nodes;
}
