import type { Attribute, DecodedTensor, GraphNode, OnnxModel, Tensor, ValueInfo } from "#core/onnx/graph.ts";

/** Small ONNX models, put together in isobit's own terms and written by its own writer. */

export function value(
  name: string,
  shape: readonly (number | string)[] | null,
  elementType: string | null = "float32",
): ValueInfo {
  return {
    name,
    elementType,
    shape: shape?.map((size) => (typeof size === "number" ? size : -1)) ?? null,
    dimNames: shape?.map((size) => (typeof size === "string" ? size : null)) ?? [],
  };
}

export function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
  domain = "",
): GraphNode {
  return { name: `${op}_${outputs[0]}`, op, domain, inputs, outputs, attributes: new Map(Object.entries(attributes)) };
}

export const int = (of: number | bigint): Attribute => ({ kind: "int", value: BigInt(of) });

export function floats(name: string, dims: readonly number[], fill: (index: number) => number): DecodedTensor {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return { name, dims, type: "float32", data: Float32Array.from({ length }, (_, index) => fill(index)) };
}

export function int64s(name: string, numbers: readonly (number | bigint)[]): DecodedTensor {
  return { name, dims: [numbers.length], type: "int64", data: BigInt64Array.from(numbers, BigInt) };
}

interface Parts {
  readonly nodes: readonly GraphNode[];
  readonly inputs?: readonly ValueInfo[];
  readonly weightInputs?: readonly ValueInfo[];
  readonly outputs?: readonly ValueInfo[];
  readonly weights?: readonly Tensor[];
  readonly valueInfo?: readonly ValueInfo[];
  readonly opset?: number;
  readonly irVersion?: number;
}

export function model(parts: Parts): OnnxModel {
  return {
    irVersion: parts.irVersion ?? 8,
    opsets: new Map([["", parts.opset ?? 17]]),
    producer: "test",
    functions: [],
    graph: {
      name: "test",
      nodes: parts.nodes,
      inputs: parts.inputs ?? [value("x", ["N", 1, 4, 4])],
      weightInputs: parts.weightInputs ?? [],
      outputs: parts.outputs ?? [value("y", ["N", CLASSES])],
      initializers: new Map((parts.weights ?? []).map((tensor) => [tensor.name, tensor])),
      valueInfo: parts.valueInfo ?? [],
    },
  };
}

export const CLASSES = 3;

/** Uneven numbers between -1 and 1, the same in every run. */
export const uneven = (index: number): number => Math.sin(index * 12.9898 + 1);

/**
 * A linear classifier of `pixels` pixels into CLASSES classes, whose logits are called "logits".
 * The nodes of `head` follow them and compute "y".
 */
export function linear(
  pixels: number,
  parts: Partial<Parts> = {},
  head: readonly GraphNode[] = [node("Identity", ["logits"], ["y"])],
): OnnxModel {
  return model({
    ...parts,
    nodes: [
      node("Reshape", ["x", "rows"], ["flat"]),
      node("Gemm", ["flat", "w", "b"], ["logits"], { transB: int(1) }),
      ...head,
    ],
    weights: [
      int64s("rows", [-1, pixels]),
      floats("w", [CLASSES, pixels], uneven),
      floats("b", [CLASSES], uneven),
      ...(parts.weights ?? []),
    ],
  });
}
