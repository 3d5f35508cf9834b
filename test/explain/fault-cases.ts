import type { ElementType, TensorValue } from "#core/tensors/tensor-value.ts";
import { elementsOf } from "#core/tensors/tensor-value.ts";
import { oneNode, type OneNode } from "./one-node.ts";
import { float, generator, int, ints, text } from "./operator-cases.ts";
import { conv, gemm, matMul } from "./sum-cases.ts";
import { tensor } from "./tensors.ts";

/** Draws one node's inputs. */
interface Draw {
  readonly numbers: (dims: readonly number[], least: number, most: number, type?: ElementType) => TensorValue;
  readonly integers: (type: ElementType, dims: readonly number[], least?: number, most?: number) => TensorValue;
}

type Make = (draw: Draw, seed: number) => OneNode;

const MICROSOFT = { domain: "com.microsoft" } as const;
const scalar = (value: number, type: ElementType = "float32"): TensorValue => tensor(type, [], [value]);
const list = (...numbers: readonly number[]): TensorValue => tensor("int64", [numbers.length], numbers);
const IMAGE = [2, 8, 6, 6] as const;

/** One input between `least` and `most`. */
const unary =
  (
    op: string,
    least: number,
    most: number,
    ...rest: [Parameters<typeof oneNode>[2]?, Parameters<typeof oneNode>[3]?]
  ) =>
  ({ numbers }: Draw): OneNode =>
    oneNode(op, [numbers([4, 250], least, most)], ...rest);

/** A row per sum. */
const reduction =
  (op: string): Make =>
  ({ numbers }) =>
    oneNode(op, [numbers([24, 300], -4, 4), list(1)], {}, { opset: 18 });

/** Ordinary nodes of the operators into which faults are injected. */
const MAKERS: Readonly<Record<string, Make>> = {
  // Products.
  Conv: (_, seed) => conv({ channels: 16, size: [12, 12], filters: 24, kernel: [3, 3], pads: [1, 1, 1, 1] }, seed),
  "Conv depthwise": (_, seed) =>
    conv({ channels: 16, size: [16, 16], filters: 16, kernel: [3, 3], pads: [1, 1, 1, 1], group: 16 }, seed),
  Gemm: (_, seed) => gemm({ m: 12, k: 300, n: 40, transB: true }, seed),
  MatMul: (_, seed) => matMul([12, 200], [200, 40], false, seed),
  // Other sums.
  AveragePool: ({ numbers }) =>
    oneNode("AveragePool", [numbers(IMAGE, -4, 4)], { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) }),
  GlobalAveragePool: ({ numbers }) => oneNode("GlobalAveragePool", [numbers([2, 40, 7, 7], -4, 4)]),
  ReduceSum: reduction("ReduceSum"),
  ReduceMean: reduction("ReduceMean"),
  ReduceL2: reduction("ReduceL2"),
  CumSum: ({ numbers }) => oneNode("CumSum", [numbers([6, 64], -4, 4), scalar(1, "int64")]),
  // Normalisations.
  BatchNormalization: ({ numbers }) =>
    oneNode(
      "BatchNormalization",
      [numbers(IMAGE, -4, 4), ...[-2, -2, -2].map((least) => numbers([8], least, 2)), numbers([8], 0.1, 3)],
      {},
      { weights: [1, 2, 3, 4] },
    ),
  LayerNormalization: ({ numbers }) =>
    oneNode(
      "LayerNormalization",
      [numbers([4, 10, 64], -3, 5), numbers([64], -2, 2), numbers([64], -2, 2)],
      {},
      { weights: [1, 2] },
    ),
  RMSNormalization: ({ numbers }) =>
    oneNode("RMSNormalization", [numbers([4, 10, 64], -3, 5), numbers([64], -2, 2)], {}, { weights: [1], opset: 23 }),
  InstanceNormalization: ({ numbers }) =>
    oneNode(
      "InstanceNormalization",
      [numbers([2, 8, 7, 7], -3, 5), numbers([8], -2, 2), numbers([8], -2, 2)],
      {},
      { weights: [1, 2] },
    ),
  LpNormalization: ({ numbers }) => oneNode("LpNormalization", [numbers([8, 64], -4, 4)]),
  LRN: ({ numbers }) =>
    oneNode("LRN", [numbers(IMAGE, -4, 4)], { size: int(3), alpha: float(0.001), beta: float(0.75), bias: float(1) }),
  // Approximated functions.
  Sigmoid: unary("Sigmoid", -6, 6),
  Tanh: unary("Tanh", -4, 4),
  Erf: unary("Erf", -3, 3),
  Exp: unary("Exp", -6, 6),
  Log: unary("Log", 0.01, 40),
  Gelu: unary("Gelu", -6, 6),
  Softplus: unary("Softplus", -6, 6),
  HardSwish: unary("HardSwish", -6, 6),
  Sin: unary("Sin", -3, 3),
  Pow: ({ numbers }) => oneNode("Pow", [numbers([4, 250], 0.1, 9), numbers([250], -3, 3)]),
  Softmax: ({ numbers }) => oneNode("Softmax", [numbers([12, 50], -9, 9)]),
  LogSoftmax: ({ numbers }) => oneNode("LogSoftmax", [numbers([12, 50], -9, 9)]),
  // One rounding.
  Add: ({ numbers }) => oneNode("Add", [numbers(IMAGE, -4, 4), numbers([8, 1, 1], -4, 4)]),
  Mul: ({ numbers }) => oneNode("Mul", [numbers(IMAGE, -4, 4), numbers(IMAGE, -4, 4)]),
  Div: ({ numbers }) => oneNode("Div", [numbers(IMAGE, -4, 4), numbers(IMAGE, 0.1, 7)]),
  Sqrt: unary("Sqrt", 0, 1000),
  "Cast to float16": unary("Cast", -4, 4, { to: int(10) }),
  // Selecting and moving.
  Relu: unary("Relu", -4, 4),
  MaxPool: ({ numbers }) =>
    oneNode("MaxPool", [numbers(IMAGE, -4, 4)], { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) }),
  ReduceMax: ({ numbers }) => oneNode("ReduceMax", [numbers([24, 30], -4, 4), list(1)], {}, { opset: 18 }),
  Transpose: ({ numbers }) => oneNode("Transpose", [numbers(IMAGE, -4, 4)], { perm: ints(0, 2, 3, 1) }),
  Concat: ({ numbers }) => oneNode("Concat", [numbers(IMAGE, -4, 4), numbers([2, 3, 6, 6], -4, 4)], { axis: int(1) }),
  Gather: ({ numbers, integers }) =>
    oneNode("Gather", [numbers([40, 16], -4, 4), integers("int64", [24], 0, 39)], { axis: int(0) }),
  Resize: ({ numbers }) =>
    oneNode(
      "Resize",
      [numbers([1, 4, 6, 6], -4, 4), null, tensor("float32", [4], [1, 1, 2, 2])],
      { mode: text("nearest"), coordinate_transformation_mode: text("asymmetric"), nearest_mode: text("floor") },
      { weights: [2] },
    ),
  // Eight bits.
  MatMulInteger: ({ integers }) =>
    oneNode(
      "MatMulInteger",
      [integers("uint8", [9, 64], 0, 255), integers("int8", [64, 16], -128, 127), scalar(7, "uint8")],
      {},
      { weights: [1, 2] },
    ),
  QLinearConv: ({ integers, numbers }) =>
    oneNode(
      "QLinearConv",
      [
        integers("uint8", [1, 4, 9, 9], 0, 255),
        scalar(0.02),
        scalar(120, "uint8"),
        integers("int8", [8, 4, 3, 3], -128, 127),
        numbers([8], 0.001, 0.02),
        integers("int8", [8], 0, 0),
        scalar(0.1),
        scalar(128, "uint8"),
        integers("int32", [8], -2000, 2000),
      ],
      { pads: ints(1, 1, 1, 1) },
      { weights: [1, 2, 3, 4, 5, 6, 7, 8] },
    ),
  QuantizeLinear: ({ numbers }) =>
    oneNode("QuantizeLinear", [numbers([400], -10, 10), scalar(0.1), scalar(120, "uint8")], {}, { weights: [1, 2] }),
  DequantizeLinear: ({ integers }) =>
    oneNode(
      "DequantizeLinear",
      [integers("uint8", [400], 0, 255), scalar(0.1), scalar(120, "uint8")],
      {},
      { weights: [1, 2] },
    ),
  QuickGelu: unary("QuickGelu", -6, 6, { alpha: float(1.702) }, MICROSOFT),
};

export const FAULT_OPERATORS: readonly string[] = Object.keys(MAKERS);

/** The node of an operator, its inputs drawn from a seed of its own, so that a new operator changes none of the others. */
export function faultCase(operator: string, seed: number): OneNode {
  const random = generator(hash(`${operator} ${seed}`));
  const between = (least: number, most: number): number => least + (most - least) * random();
  const draw = (type: ElementType, dims: readonly number[], one: () => number): TensorValue =>
    tensor(type, dims, Array.from({ length: elementsOf(dims) }, one));
  return MAKERS[operator]!(
    {
      numbers: (dims, least, most, type = "float32") => draw(type, dims, () => between(least, most)),
      integers: (type, dims, least = 0, most = 0) => draw(type, dims, () => Math.floor(between(least, most + 1))),
    },
    seed,
  );
}

/** FNV-1a. */
export function hash(words: string): number {
  let state = 0x811c9dc5;
  for (const letter of words) state = Math.imul(state ^ letter.codePointAt(0)!, 0x01000193);
  return state >>> 0;
}
