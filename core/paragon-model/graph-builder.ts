import type { Attribute, Graph, GraphNode, Tensor, ValueInfo } from "../onnx/graph.ts";

/** Puts an ONNX graph together, node by node; every value's name is its node's, so that a trace can be read. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly initializers = new Map<string, Tensor>();

  node(
    op: string,
    name: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    this.nodes.push({ name, op, domain: "", inputs, outputs: [name], attributes: new Map(Object.entries(attributes)) });
    return name;
  }

  floats(name: string, dims: readonly number[], data: Float32Array): string {
    this.initializers.set(name, { name, dims, type: "float32", data });
    return name;
  }

  scalar(name: string, value: number): string {
    return this.initializers.has(name) ? name : this.floats(name, [], Float32Array.of(value));
  }

  integers(name: string, dims: readonly number[], values: readonly number[] | Uint32Array): string {
    this.initializers.set(name, { name, dims, type: "int64", data: BigInt64Array.from([...values].map(BigInt)) });
    return name;
  }

  flags(name: string, values: readonly boolean[]): string {
    this.initializers.set(name, { name, dims: [values.length], type: "bool", data: Uint8Array.from(values, Number) });
    return name;
  }

  graph(name: string, inputs: readonly ValueInfo[], outputs: readonly ValueInfo[]): Graph {
    const { nodes, initializers } = this;
    return { name, nodes, inputs, weightInputs: [], outputs, initializers, valueInfo: [] };
  }
}

/** A typed value; a text dimension is a dynamic one by its name. */
export function port(name: string, elementType: string, dims: readonly (number | string)[]): ValueInfo {
  return {
    name,
    elementType,
    shape: dims.map((dim) => (typeof dim === "number" ? dim : -1)),
    dimNames: dims.map((dim) => (typeof dim === "number" ? null : dim)),
  };
}

export const int = (value: number): Attribute => ({ kind: "int", value: BigInt(value) });
export const ints = (values: readonly number[]): Attribute => ({ kind: "ints", value: values.map(BigInt) });
export const float = (value: number): Attribute => ({ kind: "float", value });
