import { arithmetic, batchNormalization, bounded, clip, concat, relu } from "./elementwise.ts";
import { conv, gemm, matMul } from "./linear.ts";
import { flatten, pad, reshape, sameElements, squeeze, transpose, unsqueeze } from "./moving.ts";
import type { Lower } from "./node-call.ts";
import { averagePool, globalAveragePool, globalMaxPool, maxPool, reduceMean } from "./pooling.ts";
import { constant, gather, shape, slice } from "./shapes.ts";

/** Every operator that has an exact form here. */
export const OPERATORS: ReadonlyMap<string, Lower> = new Map<string, Lower>([
  ["Add", arithmetic],
  ["AveragePool", averagePool],
  ["BatchNormalization", batchNormalization],
  ["Cast", sameElements],
  ["Clip", clip],
  ["Concat", concat],
  ["Constant", constant],
  ["Conv", conv],
  ["Div", arithmetic],
  ["Dropout", sameElements],
  ["Flatten", flatten],
  ["Gather", gather],
  ["Gemm", gemm],
  ["GlobalAveragePool", globalAveragePool],
  ["GlobalMaxPool", globalMaxPool],
  ["Identity", sameElements],
  ["MatMul", matMul],
  ["Max", bounded],
  ["MaxPool", maxPool],
  ["Min", bounded],
  ["Mul", arithmetic],
  ["Pad", pad],
  ["ReduceMean", reduceMean],
  ["Relu", relu],
  ["Reshape", reshape],
  ["Shape", shape],
  ["Slice", slice],
  ["Squeeze", squeeze],
  ["Sub", arithmetic],
  ["Transpose", transpose],
  ["Unsqueeze", unsqueeze],
]);

const SMOOTH =
  "has no exact form: it is a curve, not a sum of products. Train the model with Relu or Clip in its place.";

/** What to do about operators that people are likely to meet. */
const ADVICE: Readonly<Record<string, string>> = Object.freeze({
  ...Object.fromEntries(
    [
      "Sigmoid",
      "Tanh",
      "Gelu",
      "Elu",
      "Selu",
      "Celu",
      "Softplus",
      "Softsign",
      "Mish",
      "HardSwish",
      "HardSigmoid",
      "Swish",
      "Exp",
      "Erf",
    ].map((op) => [op, SMOOTH]),
  ),
  LeakyRelu:
    "lets scaled negative numbers through, which exactify does not requantise. Train the model with Relu or Clip in its place.",
  PRelu:
    "lets scaled negative numbers through, which exactify does not requantise. Train the model with Relu or Clip in its place.",
  Softmax: "stands inside the model; only one at the very end can be cut off. Export the model up to its logits.",
  LogSoftmax: "stands inside the model; only one at the very end can be cut off. Export the model up to its logits.",
  InstanceNormalization:
    "measures each image, which needs division. Train the model with BatchNormalization, whose statistics are constants.",
  LayerNormalization:
    "measures each image, which needs division. Train the model with BatchNormalization, whose statistics are constants.",
  ConvTranspose: "is not treated. Use a Conv behind a DepthToSpace in the model, or train a classifier without it.",
  QuantizeLinear: "shows a model that is quantised already. Give exactify the float model that it was made from.",
  DequantizeLinear: "shows a model that is quantised already. Give exactify the float model that it was made from.",
  LSTM: "is recurrent and uses curves. exactify treats classifiers of Conv, Gemm, pooling and Relu.",
  GRU: "is recurrent and uses curves. exactify treats classifiers of Conv, Gemm, pooling and Relu.",
});

export function adviceOn(op: string): string {
  return (
    ADVICE[op] ??
    `is not treated. exactify knows ${[...OPERATORS.keys()].join(", ")}; export or train the model with those.`
  );
}
