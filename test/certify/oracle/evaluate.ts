import type { Attribute, GraphNode, OnnxModel, Tensor } from "#core/onnx/graph.ts";
import { OracleCall } from "./call.ts";
import { exact, fromFloats, fromIntegers, magnitudes, toIntegers, type Exact, type Value } from "./exact.ts";
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
const signs = ({ dims, units }: Exact): Exact =>
  exact(
    dims,
    0,
    units.map((unit) => BigInt(unit > 0n) - BigInt(unit < 0n)),
  );
const same = (call: OracleCall): Exact => call.exact(0);

/** Operators that only move elements, whether those are float32 or integers. */
const MOVES: Readonly<Record<string, (call: OracleCall) => Exact>> = {
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

function moved(move: (call: OracleCall) => Exact): Operator {
  return (call) => {
    if (call.inputs[0]?.kind !== "integers") return move(call);
    const isData = (index: number): boolean => index === 0 || call.node.op === "Concat";
    const inputs = call.inputs.map((value, index) =>
      value?.kind === "integers" && isData(index) ? fromIntegers(value) : value,
    );
    return toIntegers(move(call.with(inputs)));
  };
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(Object.entries(MOVES).map(([op, move]) => [op, moved(move)])),
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
  Sign: (call) => signs(call.exact(0)),
  Sub: (call) => plus(call.exact(0), negative(call.exact(1))),
  Sum: (call) => all(call).reduce(plus),
};

/** What one tensor really is for one input, and how large the sums behind it are. */
export interface Truth {
  readonly value: Value;
  /** For each element the terms of its sum in absolute value, added up; a sum goes on through Adds, scales and moves. */
  readonly terms: Value;
}

/** Every tensor that the outputs of a model depend on, in exact arithmetic. */
export function evaluate(model: OnnxModel, input: Float32Array, dims: readonly number[]): ReadonlyMap<string, Truth> {
  const { graph, opsets } = model;
  const known = new Map([[graph.inputs[0]!.name, finished(fromFloats(input, dims))]]);
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const truthOf = (name: string): Truth => {
    const tensor = graph.initializers.get(name);
    const truth = known.get(name) ?? (tensor ? finished(tensorValue(tensor)) : made(makers.get(name)!));
    known.set(name, truth);
    return truth;
  };
  const made = (node: GraphNode): Truth => {
    const truths = node.inputs.map((name) => (name === "" ? null : truthOf(name)));
    const values = truths.map((truth) => truth?.value ?? null);
    const call = new OracleCall(node, opsets.get("")!, values);
    const value = OPERATORS[node.op]!(call);
    return { value, terms: termsOf(call, truths, value) };
  };
  for (const { name } of graph.outputs) truthOf(name);
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
  const [[name, attribute]] = [...call.node.attributes] as [[string, Attribute]];
  switch (attribute.kind) {
    case "tensor":
      return tensorValue(attribute.value);
    case "float":
      return fromFloats([attribute.value], []);
    case "floats":
      return fromFloats(attribute.value, [attribute.value.length]);
    case "int":
      return { kind: "integers", dims: [], elements: [Number(attribute.value)] };
    case "ints":
      return { kind: "integers", dims: [attribute.value.length], elements: attribute.value.map(Number) };
    default:
      throw new Error(`the suite writes no constants as ${name}`);
  }
}

function tensorValue(tensor: Tensor): Value {
  if (tensor.type === "float32") return fromFloats(tensor.data, tensor.dims);
  if (tensor.type === "int64" || tensor.type === "int32")
    return { kind: "integers", dims: tensor.dims, elements: Array.from(tensor.data, Number) };
  throw new Error(`the oracle has no ${tensor.type}`);
}
