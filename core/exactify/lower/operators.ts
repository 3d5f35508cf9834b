import { arithmetic, batchNormalization, bounded, clip, concat, relu } from "./elementwise.ts";
import { conv, gemm, matMul } from "./linear.ts";
import { flatten, pad, reshape, sameElements, squeeze, transpose, unsqueeze } from "./moving.ts";
import type { Lower } from "./node-call.ts";
import { averagePool, globalAveragePool, globalMaxPool, maxPool, reduceMean } from "./pooling.ts";
import { constant, gather, shape, slice } from "./shapes.ts";

/** Every operator that has an exact form. */
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

const ADVICE: ReadonlyMap<string, string> = new Map(
  [
    [
      "Sigmoid Tanh Gelu Elu Selu Celu Softplus Softsign Mish HardSwish HardSigmoid Swish Exp Erf",
      "has no exact form: it is a curve, not a sum of products. Train the model with Relu or Clip in its place.",
    ],
    [
      "LeakyRelu PRelu",
      "lets scaled negative numbers through, which exactify does not requantise. Train the model with Relu or Clip in its place.",
    ],
    [
      "Softmax LogSoftmax",
      "is inside the model; it can be cut off only at the very end. Export the model up to its logits.",
    ],
    [
      "InstanceNormalization LayerNormalization",
      "measures each image, which needs division. Train the model with BatchNormalization, whose statistics are constants.",
    ],
    ["ConvTranspose", "is not supported. Use a Conv and a DepthToSpace, or train a classifier without it."],
    [
      "QuantizeLinear DequantizeLinear",
      "means that the model is already quantised. Give exactify the float model that it was made from.",
    ],
    ["LSTM GRU", "is recurrent and uses curves. exactify supports classifiers of Conv, Gemm, pooling and Relu."],
  ].flatMap(([ops, advice]) => ops!.split(" ").map((op): [string, string] => [op, advice!])),
);

/** What to do about an operator without an exact form. */
export function adviceOn(op: string): string {
  return (
    ADVICE.get(op) ??
    `is not supported. exactify supports ${[...OPERATORS.keys()].join(", ")}; export or train the model with those.`
  );
}
