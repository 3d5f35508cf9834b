import type { Attribute, Graph, GraphNode, OnnxModel, Tensor, ValueInfo } from "#core/onnx/graph.ts";
import { type ElementType, tensorValue, type TensorValue } from "#core/tensors/tensor-value.ts";

/* Small models of any operators and types. */

export interface NodeSketch {
  readonly name?: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface GraphSketch {
  readonly inputs?: Readonly<Record<string, readonly [type: string, dims: readonly number[]]>>;
  readonly weights?: readonly Tensor[];
  readonly nodes: readonly NodeSketch[];
  readonly outputs: readonly string[];
}

export function graphOf({ inputs = {}, weights = [], nodes, outputs }: GraphSketch): Graph {
  return {
    name: "sketch",
    nodes: nodes.map(nodeOf),
    inputs: Object.entries(inputs).map(([name, [type, dims]]) => valueInfo(name, type, dims)),
    weightInputs: [],
    outputs: outputs.map((name) => ({ name, elementType: null, shape: null, dimNames: [] })),
    initializers: new Map(weights.map((weight) => [weight.name, weight])),
    valueInfo: [],
  };
}

export function modelOf(sketch: GraphSketch, opset = 17): OnnxModel {
  return {
    irVersion: 8,
    opsets: new Map([
      ["", opset],
      ["com.microsoft", 1],
    ]),
    producer: "isobit tests",
    functions: [],
    graph: graphOf(sketch),
  };
}

function nodeOf({ name = "", op, inputs, outputs, domain = "", attributes = {} }: NodeSketch): GraphNode {
  return { name, op, domain, inputs, outputs, attributes: new Map(Object.entries(attributes)) };
}

export function valueInfo(name: string, type: string, dims: readonly number[]): ValueInfo {
  return { name, elementType: type, shape: dims, dimNames: dims.map(() => null) };
}

export function floatWeight(name: string, dims: readonly number[], values: readonly number[]): Tensor {
  return { name, dims, type: "float32", data: Float32Array.from(values) };
}

export function intWeight(name: string, dims: readonly number[], values: readonly number[]): Tensor {
  return { name, dims, type: "int64", data: BigInt64Array.from(values, BigInt) };
}

export function floats(dims: readonly number[], values: readonly number[]): TensorValue {
  return typed("float32", dims, Float32Array.from(values));
}

export function typed(type: ElementType, dims: readonly number[], data: ArrayBufferView): TensorValue {
  return tensorValue(type, dims, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** Numbers without a pattern, the same every time, from -1 to 1. */
export function noise(count: number, seed = 1): number[] {
  let state = seed >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
