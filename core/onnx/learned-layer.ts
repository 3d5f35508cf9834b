import type { Graph, OnnxModel } from "./graph.ts";
import { constantOf, producersOf } from "./lookup.ts";
import { rejectModel } from "./rejected.ts";

/** Each element of the output belongs to the element of the input at its place. */
const KEEPS_PLACES: ReadonlySet<string> = new Set(
  (
    "Abs Acos Acosh Add And Asin Asinh Atan Atanh BatchNormalization BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor " +
    "Cast CastLike Ceil Celu Clip Constant Cos Cosh CumSum DequantizeLinear Div Dropout DynamicQuantizeLinear Elu Equal " +
    "Erf Exp Flatten Floor Gelu Greater GreaterOrEqual GroupNormalization HardSigmoid HardSwish Hardmax Identity " +
    "InstanceNormalization IsInf IsNaN LRN LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax LpNormalization " +
    "Max Mean MeanVarianceNormalization Min Mish Mod Mul Neg Not Or PRelu Pow QuantizeLinear RMSNormalization Reciprocal " +
    "Relu Reshape Round Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Squeeze Sub Sum Swish Tan Tanh " +
    "ThresholdedRelu Transpose Unsqueeze Where Xor"
  ).split(" "),
);

/** Without weights, these only select, move or reduce elements. */
const NEEDS_NO_WEIGHTS: ReadonlySet<string> = new Set(
  (
    "ArgMax ArgMin AveragePool Concat DepthToSpace Expand Gather GatherElements GatherND GlobalAveragePool " +
    "GlobalLpPool GlobalMaxPool LpPool MaxPool Pad ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean " +
    "ReduceMin ReduceProd ReduceSum ReduceSumSquare Resize Shape Slice SpaceToDepth Split Tile TopK Upsample"
  ).split(" "),
);

/**
 * Refuses a graph that cannot classify: it computes every element of its output from the element at the same place, or
 * has no weights. An unknown operator counts as a learned layer.
 * @param pixels elements of one image
 * @throws ModelRejected
 */
export function requireLearnedLayer({ graph, functions }: OnnxModel, pixels: number, classes: number): void {
  if (functions.length > 0) return;
  const every = (...allowed: readonly ReadonlySet<string>[]): boolean =>
    graph.nodes.every(({ op, domain }) => domain === "" && allowed.some((operators) => operators.has(op)));
  if (classes === pixels && every(KEEPS_PLACES))
    rejectModel("It computes each output from the input at the same place, so it is not a classifier of images.");
  if (every(KEEPS_PLACES, NEEDS_NO_WEIGHTS) && !hasWeights(graph))
    rejectModel("It has no weights, so it is not a classifier of images.");
}

/** Shapes, axes and indices are integers; one number is a scale or a bound. */
function hasWeights(graph: Graph): boolean {
  const producers = producersOf(graph);
  return graph.nodes.some(({ inputs }) =>
    inputs.some((name) => {
      const constant = constantOf(name, graph, producers);
      return constant && !/^u?int(32|64)$/.test(typeOf(constant)) && constant.dims.some((size) => size > 1);
    }),
  );
}

function typeOf(tensor: NonNullable<ReturnType<typeof constantOf>>): string {
  return tensor.type === "external" || tensor.type === "opaque" ? tensor.elementType : tensor.type;
}
