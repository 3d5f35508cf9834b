import { FLOAT_FORMATS, type FloatType, isFloatType, isSubnormal } from "../../tensors/float-format.ts";
import { Call, NotAnalysed } from "../call.ts";
import type { NodeRequest } from "../request.ts";
import { readElements } from "../../tensors/read-elements.ts";

/** A factor. float32 is not copied, because a Worker has little memory and weights are large. */
export interface Operand {
  readonly type: FloatType;
  readonly dims: readonly number[];
  readonly numbers: Float32Array | Float64Array;
}

/** A node's attributes and its floating-point inputs. */
export class Operands {
  readonly attributes: Call;
  readonly #request: NodeRequest;

  constructor(request: NodeRequest) {
    this.#request = request;
    this.attributes = new Call({ ...request, inputs: [] });
  }

  has(index: number): boolean {
    return (this.#request.inputs[index] ?? null) !== null;
  }

  /** @throws NotAnalysed if it is missing or holds integers */
  input(index: number): Operand {
    const { node, inputs } = this.#request;
    const value = inputs[index] ?? null;
    if (value === null) throw new NotAnalysed(`Input ${index} of the ${node.op} is missing.`);
    const { type, dims, bytes } = value;
    if (!isFloatType(type)) throw new NotAnalysed(`Its elements are ${type}, whose sums are not emulated.`);
    if (type !== "float32") return { type, dims, numbers: readElements(value).numbers };
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return { type, dims, numbers: new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4) };
  }
}

export function hasSubnormals({ type, numbers }: Operand): boolean {
  const format = FLOAT_FORMATS[type];
  for (let at = 0; at < numbers.length; at++) if (isSubnormal(format, numbers[at]!)) return true;
  return false;
}
