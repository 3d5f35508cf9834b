import type { OnnxModel, Tensor } from "#core/onnx/graph.ts";
import { OracleCall } from "./call.ts";
import { exact, fromFloats, magnitudes, type Exact, type Value } from "./exact.ts";
import { averagePool, conv, gemm, matMul, plus, times } from "./linear.ts";
import {
  concat,
  depthToSpace,
  expanded,
  gather,
  pad,
  reshaped,
  shape,
  slice,
  spaceToDepth,
  transpose,
} from "./moving.ts";
import { absolute, clip, halfToEven, largest, maxPool, relu, rounded, smallest } from "./pointwise.ts";

type Operator = (call: OracleCall) => Value;

const all = (call: OracleCall): Exact[] => call.inputs.map((_, index) => call.exact(index));
const negative = (value: Exact): Exact =>
  exact(
    value.dims,
    value.exponent,
    value.units.map((unit) => -unit),
  );
const same: Operator = (call) => call.inputs[0] as Value;

const MOVES: Readonly<Record<string, Operator>> = {
  Cast: same,
  Concat: concat,
  DepthToSpace: depthToSpace,
  Dropout: same,
  Expand: expanded,
  Flatten: reshaped,
  Gather: gather,
  Identity: same,
  Reshape: reshaped,
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Squeeze: reshaped,
  Transpose: transpose,
  Unsqueeze: reshaped,
};

const OPERATORS: Readonly<Record<string, Operator>> = {
  ...MOVES,
  Abs: (call) => absolute(call.exact(0)),
  Add: (call) => plus(call.exact(0), call.exact(1)),
  AveragePool: averagePool,
  Ceil: (call) => rounded(call.exact(0), (below, rest) => (rest === 0n ? below : below + 1n)),
  Clip: clip,
  Constant: (call) => constant(call),
  Conv: conv,
  Floor: (call) => rounded(call.exact(0), (below) => below),
  Gemm: (call) => gemm(call),
  GlobalAveragePool: averagePool,
  GlobalMaxPool: maxPool,
  MatMul: matMul,
  Max: (call) => largest(all(call)),
  MaxPool: maxPool,
  Min: (call) => smallest(all(call)),
  Mul: (call) => times(call.exact(0), call.exact(1)),
  Neg: (call) => negative(call.exact(0)),
  Pad: pad,
  Relu: relu,
  Round: (call) => rounded(call.exact(0), halfToEven),
  Shape: shape,
  Sub: (call) => plus(call.exact(0), negative(call.exact(1))),
  Sum: (call) => all(call).reduce(plus),
};

/** What one tensor really is for one input, and how large the sums behind it are. */
export interface Truth {
  readonly value: Value;
  /** For each element the terms of its sum in absolute value, added up; a sum goes on through Adds, scales and moves. */
  readonly terms: Value;
}

/** Every tensor of a model, in exact arithmetic. */
export function evaluate(model: OnnxModel, input: Float32Array, dims: readonly number[]): ReadonlyMap<string, Truth> {
  const known = new Map<string, Truth>();
  for (const [name, tensor] of model.graph.initializers) known.set(name, finished(tensorValue(tensor)));
  known.set(model.graph.inputs[0]!.name, finished(fromFloats(input, dims)));
  for (const node of model.graph.nodes) {
    const truths = node.inputs.map((name) => (name === "" ? null : known.get(name)!));
    const call = new OracleCall(
      node,
      model.opsets.get("")!,
      truths.map((truth) => truth?.value ?? null),
    );
    const value = OPERATORS[node.op]!(call);
    known.set(node.outputs[0]!, { value, terms: termsOf(call, truths, value) });
  }
  return known;
}

function finished(value: Value): Truth {
  return { value, terms: value.kind === "exact" ? magnitudes(value) : value };
}

function termsOf(call: OracleCall, truths: readonly (Truth | null)[], value: Value): Value {
  const sizes = call.inputs.map((input) => (input?.kind === "exact" ? magnitudes(input) : input));
  const terms = truths.map((truth) => truth?.terms ?? null);
  const { op } = call.node;
  if (op in MOVES || op === "Pad")
    return OPERATORS[op]!(
      op === "Pad" ? call.with([terms[0]!, terms[1] ?? null, sizes[2] ?? null, terms[3] ?? null]) : call.with(terms),
    );
  if (op === "Add" || op === "Sub" || op === "Sum")
    return call
      .with(terms)
      .inputs.map((each) => each as Exact)
      .reduce(plus);
  if (op === "Neg") return terms[0]!;
  if (op === "Mul") return scaledTerms(terms, sizes);
  if (op === "Conv" || op === "MatMul" || op === "AveragePool" || op === "GlobalAveragePool")
    return OPERATORS[op]!(call.with(sizes));
  if (op === "Gemm") return gemm(call.with([sizes[0]!, sizes[1]!, terms[2] ?? null]), Math.abs);
  return value.kind === "exact" ? magnitudes(value) : value;
}

/** One factor is the constant scale; which one does not matter to the sum's size. */
function scaledTerms(terms: readonly (Value | null)[], sizes: readonly (Value | null)[]): Value {
  const left = times(terms[0] as Exact, sizes[1] as Exact);
  const right = times(sizes[0] as Exact, terms[1] as Exact);
  return largest([left, right]);
}

function constant(call: OracleCall): Value {
  const attribute = call.node.attributes.get("value");
  if (attribute?.kind === "tensor") return tensorValue(attribute.value);
  throw new Error("the suite writes constants as tensors");
}

function tensorValue(tensor: Tensor): Value {
  if (tensor.type === "float32") return fromFloats(tensor.data, tensor.dims);
  if (tensor.type === "int64")
    return { kind: "integers", dims: tensor.dims, elements: Array.from(tensor.data, Number) };
  throw new Error(`the oracle has no ${tensor.type}`);
}
