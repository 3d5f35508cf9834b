import type { Attribute, GraphNode, OnnxModel, Tensor, ValueInfo } from "#core/onnx/graph.ts";

export const float = (value: number): Attribute => ({ kind: "float", value });
export const int = (value: number): Attribute => ({ kind: "int", value: BigInt(value) });
export const ints = (values: readonly number[]): Attribute => ({ kind: "ints", value: values.map(BigInt) });
export const text = (value: string): Attribute => ({ kind: "string", value: new TextEncoder().encode(value) });

export interface Port {
  readonly name: string;
  /** A dynamic dimension is its name, "N" for the batch, or "" where it has none. */
  readonly dims: readonly (number | string)[];
}

/** Puts a small model together, node by node. */
export class Sketch {
  readonly opset: number;
  readonly nodes: GraphNode[] = [];
  readonly initializers = new Map<string, Tensor>();
  #count = 0;

  constructor(opset = 17) {
    this.opset = opset;
  }

  #name(stem: string): string {
    this.#count += 1;
    return `${stem}${this.#count}`;
  }

  floats(values: readonly number[] | Float32Array, dims: readonly number[] = [values.length]): string {
    const name = this.#name("w");
    this.initializers.set(name, { name, dims, type: "float32", data: Float32Array.from(values) });
    return name;
  }

  scalar(value: number): string {
    return this.floats([value], []);
  }

  integers(values: readonly number[], dims: readonly number[] = [values.length]): string {
    const name = this.#name("i");
    this.initializers.set(name, { name, dims, type: "int64", data: BigInt64Array.from(values, BigInt) });
    return name;
  }

  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = "",
  ): string {
    const name = this.#name(`${op}_`);
    this.nodes.push({
      name,
      op,
      domain,
      inputs,
      outputs: [`${name}:0`],
      attributes: new Map(Object.entries(attributes)),
    });
    return `${name}:0`;
  }

  model(input: Port, ...outputs: readonly string[]): OnnxModel {
    return modelOf(this.opset, this.nodes, this.initializers, [input], outputs);
  }
}

export function modelOf(
  opset: number,
  nodes: readonly GraphNode[],
  initializers: ReadonlyMap<string, Tensor>,
  inputs: readonly Port[],
  outputs: readonly string[],
): OnnxModel {
  return {
    irVersion: 8,
    opsets: new Map([["", opset]]),
    producer: "isobit tests",
    functions: [],
    graph: {
      name: "test",
      nodes,
      inputs: inputs.map(valueInfo),
      weightInputs: [],
      outputs: outputs.map((name) => ({ name, elementType: null, shape: null, dimNames: [] })),
      initializers,
      valueInfo: [],
    },
  };
}

export function valueInfo({ name, dims }: Port): ValueInfo {
  return {
    name,
    elementType: "float32",
    shape: dims.map((dim) => (typeof dim === "number" ? dim : -1)),
    dimNames: dims.map((dim) => (typeof dim === "number" ? null : dim || null)),
  };
}

/** The graph in one line per node, for a person who has to find out what went wrong. */
export function describe({ graph, opsets }: OnnxModel): string {
  const nodes = graph.nodes.map(({ op, inputs, outputs, attributes }) => {
    const said = [...attributes].map(
      ([name, { value }]) => `${name}=${value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value)}`,
    );
    return `${outputs.join()} = ${op}(${inputs.join(", ")}) ${said.join(" ")}`;
  });
  const constants = [...graph.initializers].map(
    ([name, tensor]) =>
      `${name} [${tensor.dims.join()}] = ${"data" in tensor ? [...tensor.data].slice(0, 40).join(" ") : "?"}`,
  );
  return [
    `opset ${opsets.get("")}`,
    ...graph.inputs.map(({ name, shape }) => `input ${name} [${shape?.join()}]`),
    ...constants,
    ...nodes,
  ].join("\n");
}
