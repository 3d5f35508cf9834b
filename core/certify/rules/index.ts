import type { Rule } from "../outcome.ts";
import { addition, subtraction, sums } from "./addition.ts";
import { absolute, clip, maximum, minimum, relu } from "./clamping.ts";
import { constant } from "./constant.ts";
import { conv } from "./conv.ts";
import { gemm, matMul } from "./matrix.ts";
import { concat, depthToSpace, pad, spaceToDepth, transpose } from "./moving.ts";
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from "./pooling.ts";
import { ceil, floor, round } from "./rounding.ts";
import { multiplication, negation } from "./scaling.ts";
import { gather, slice } from "./selecting.ts";
import { cast, dropout, expand, flatten, identity, reshape, shape, squeeze, unsqueeze } from "./shapes.ts";

/** Stands in every certificate. Raise it with every change of what the rules certify or claim. */
export const RULES_VERSION = 3;

export type Rules = ReadonlyMap<string, Rule>;

/** Every operator of ONNX's own that can be certified. Whatever is not here is not. */
export const RULES: Rules = new Map<string, Rule>([
  ["Abs", absolute],
  ["Add", addition],
  ["AveragePool", averagePool],
  ["Cast", cast],
  ["Ceil", ceil],
  ["Clip", clip],
  ["Concat", concat],
  ["Constant", constant],
  ["Conv", conv],
  ["DepthToSpace", depthToSpace],
  ["Dropout", dropout],
  ["Expand", expand],
  ["Flatten", flatten],
  ["Floor", floor],
  ["Gather", gather],
  ["Gemm", gemm],
  ["GlobalAveragePool", globalAveragePool],
  ["GlobalMaxPool", globalMaxPool],
  ["Identity", identity],
  ["MatMul", matMul],
  ["Max", maximum],
  ["MaxPool", maxPool],
  ["Min", minimum],
  ["Mul", multiplication],
  ["Neg", negation],
  ["Pad", pad],
  ["Relu", relu],
  ["Reshape", reshape],
  ["Round", round],
  ["Shape", shape],
  ["Slice", slice],
  ["SpaceToDepth", spaceToDepth],
  ["Squeeze", squeeze],
  ["Sub", subtraction],
  ["Sum", sums],
  ["Transpose", transpose],
  ["Unsqueeze", unsqueeze],
]);
