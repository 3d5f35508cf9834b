import type { Attribute, DecodedTensor, GraphNode, OnnxModel, ValueInfo } from "#core/onnx/graph.ts";

const OPSET = 17;
/** Of ONNX 1.10, the first release whose files may hold opset 17's operators. */
const IR_VERSION = 8;

/** Puts an ONNX graph together, node after node. The same calls give the same model. */
export class GraphBuilder {
  readonly #nodes: GraphNode[] = [];
  readonly #weights = new Map<string, DecodedTensor>();

  /** @returns the output's name, to be read by the next node */
  node(
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    this.#nodes.push({
      name: output,
      op,
      domain: "",
      inputs,
      outputs: [output],
      attributes: new Map(Object.entries(attributes)),
    });
    return output;
  }

  floats(name: string, dims: readonly number[], data: ArrayLike<number>): string {
    this.#weights.set(name, { name, dims, type: "float32", data: Float32Array.from(data) });
    return name;
  }

  integers(name: string, data: readonly number[]): string {
    this.#weights.set(name, { name, dims: [data.length], type: "int64", data: BigInt64Array.from(data, BigInt) });
    return name;
  }

  model(input: ValueInfo, outputs: readonly ValueInfo[]): OnnxModel {
    return {
      irVersion: IR_VERSION,
      opsets: new Map([["", OPSET]]),
      producer: "isobit exactify",
      functions: [],
      graph: {
        name: "exact",
        nodes: this.#nodes,
        inputs: [input],
        weightInputs: [],
        outputs,
        initializers: this.#weights,
        valueInfo: [],
      },
    };
  }
}

/** Float32 values of any number of images; a shape of null is left to the runtime. */
export function batchOf(name: string, shape: readonly number[] | null): ValueInfo {
  return {
    name,
    elementType: "float32",
    shape: shape && [-1, ...shape],
    dimNames: shape ? ["N", ...shape.map(() => null)] : [],
  };
}

export function int(value: number): Attribute {
  return { kind: "int", value: BigInt(value) };
}

export function ints(values: readonly number[]): Attribute {
  return { kind: "ints", value: values.map(BigInt) };
}

export function text(value: string): Attribute {
  return { kind: "string", value: Uint8Array.from(value, (character) => character.charCodeAt(0)) };
}
