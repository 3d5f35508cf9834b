import type { Attribute, Graph, GraphNode, OnnxModel, Tensor, ValueInfo } from "./graph.ts";

const OPSET = 17;
/** The IR version of ONNX 1.10, the first release whose files may contain opset 17's operators. */
const IR_VERSION = 8;

/** Builds an ONNX graph node by node. A node has the name of its value, so that traces are readable. The same calls give the same model. */
export class GraphBuilder {
  readonly #nodes: GraphNode[] = [];
  readonly #initializers = new Map<string, Tensor>();

  /** @returns the name of its value, for nodes that read it */
  node(
    op: string,
    name: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    this.#nodes.push({
      name,
      op,
      domain: "",
      inputs,
      outputs: [name],
      attributes: new Map(Object.entries(attributes)),
    });
    return name;
  }

  /** A Float32Array is not copied, because an import may have little memory. */
  floats(name: string, dims: readonly number[], data: ArrayLike<number>): string {
    const own = data instanceof Float32Array ? data : new Float32Array(data);
    this.#initializers.set(name, { name, dims, type: "float32", data: own });
    return name;
  }

  scalar(name: string, value: number): string {
    return this.#initializers.has(name) ? name : this.floats(name, [], Float32Array.of(value));
  }

  integers(name: string, dims: readonly number[], values: readonly number[] | Uint32Array): string {
    this.#initializers.set(name, { name, dims, type: "int64", data: BigInt64Array.from([...values].map(BigInt)) });
    return name;
  }

  flags(name: string, values: readonly boolean[]): string {
    this.#initializers.set(name, { name, dims: [values.length], type: "bool", data: Uint8Array.from(values, Number) });
    return name;
  }

  graph(name: string, inputs: readonly ValueInfo[], outputs: readonly ValueInfo[]): Graph {
    const [nodes, initializers] = [this.#nodes, this.#initializers];
    return { name, nodes, inputs, weightInputs: [], outputs, initializers, valueInfo: [] };
  }

  model(producer: string, name: string, inputs: readonly ValueInfo[], outputs: readonly ValueInfo[]): OnnxModel {
    const graph = this.graph(name, inputs, outputs);
    return { irVersion: IR_VERSION, opsets: new Map([["", OPSET]]), producer, functions: [], graph };
  }
}

/** A typed value; a text dimension is dynamic and has that name. The runtime infers a shape of null. */
export function port(name: string, elementType: string, dims: readonly (number | string)[] | null): ValueInfo {
  return {
    name,
    elementType,
    shape: dims && dims.map((dim) => (typeof dim === "number" ? dim : -1)),
    dimNames: (dims ?? []).map((dim) => (typeof dim === "number" ? null : dim)),
  };
}

export const int = (value: number): Attribute => ({ kind: "int", value: BigInt(value) });
export const ints = (values: readonly number[]): Attribute => ({ kind: "ints", value: values.map(BigInt) });
export const float = (value: number): Attribute => ({ kind: "float", value });
/** @param value one of ONNX's own keywords, which are ASCII */
export const text = (value: string): Attribute => ({
  kind: "string",
  value: Uint8Array.from(value, (character) => character.charCodeAt(0)),
});
