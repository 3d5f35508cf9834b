import type { GraphNode } from "#core/onnx/graph.ts";
import { NodeAttributes } from "#core/onnx/node-attributes.ts";
import { quoted } from "#core/onnx/rejected.ts";
import { padsAlong, windowOf } from "#core/onnx/windows.ts";
import type { Constant } from "../constant.ts";
import type { Layer, Tensor, Window } from "../network.ts";
import { untreatable } from "../untreatable.ts";

/** What a name in the graph denotes. */
export type Known =
  | { readonly kind: "value"; readonly tensor: Tensor }
  | { readonly kind: "constant"; readonly constant: Constant };

/** A node becomes layers, the last of which is its output; or another name for a known value; or a constant. */
export type Lowered = readonly [Layer, ...Layer[]] | Known;
export type Lower = (call: NodeCall) => Lowered;

export class NodeCall extends NodeAttributes {
  readonly fixedBatch: number | null;
  readonly #inputs: readonly (Known | null)[];

  constructor(node: GraphNode, opset: number, fixedBatch: number | null, inputs: readonly (Known | null)[]) {
    super(node, opset);
    this.fixedBatch = fixedBatch;
    this.#inputs = inputs;
  }

  get output(): string {
    return this.node.outputs[0] ?? "";
  }

  get inputCount(): number {
    return this.#inputs.length;
  }

  /** @param reason the rest of a sentence that begins with the node, including what to do */
  refuse(reason: string): never {
    const { op, name, outputs } = this.node;
    return untreatable(`${op} ${quoted(name || outputs[0] || "")} ${reason}`);
  }

  invalid(reason: string): never {
    const { op, name, outputs } = this.node;
    return untreatable(`${op} ${quoted(name || outputs[0] || "")}: ${reason}`);
  }

  known(index: number): Known | null {
    return this.#inputs[index] ?? null;
  }

  value(index: number): Tensor {
    const known = this.known(index);
    return known?.kind === "value"
      ? known.tensor
      : this.refuse(`has ${known === null ? "no" : "a constant as its"} input ${index}. Export the model again.`);
  }

  optionalConstant(index: number): Constant | null {
    const known = this.known(index);
    if (known === null) return null;
    if (known.kind === "constant") return known.constant;
    return this.refuse(`computes its input ${index} from the image; exactify needs a constant there.`);
  }

  constant(index: number): Constant {
    return this.optionalConstant(index) ?? this.refuse(`has no input ${index}. Export the model again.`);
  }

  /** The single number of a constant input, otherwise the attribute of older opsets, otherwise the fallback. */
  number(index: number, attribute: string, fallback: number): number {
    const given = this.optionalConstant(index);
    if (given !== null)
      return given.data.length === 1 ? given.data[0]! : this.refuse(`needs one number as its input ${index}.`);
    return this.real(attribute, fallback);
  }

  /** Integers in an input, or in an attribute before some opset. */
  list(index: number, attribute: string): readonly number[] | null {
    const given = this.optionalConstant(index);
    return given === null ? this.ints(attribute) : [...given.data];
  }

  /** The feature map that a windowed operator reads. */
  map(index = 0): Tensor & { readonly shape: readonly [number, number, number] } {
    const tensor = this.value(index);
    const [channels, height, width, ...rest] = tensor.shape;
    if (channels !== undefined && height !== undefined && width !== undefined && rest.length === 0) {
      return { ...tensor, shape: [channels, height, width] };
    }
    return this.refuse(
      `works on a value of the shape [N, ${tensor.shape.join(", ")}]; exactify supports images in two dimensions, [N, C, H, W].`,
    );
  }

  /** The window that its attributes describe, over an image of this size. */
  window(kernel: readonly number[], [, height, width]: readonly [number, number, number]): Window {
    const [vertical, horizontal, ...rest] = windowOf(this, kernel);
    if (vertical === undefined || horizontal === undefined || rest.length > 0)
      return this.refuse(`has kernel_shape [${kernel.join(", ")}]; exactify supports windows in two dimensions.`);
    const [top, bottom] = padsAlong(vertical, height);
    const [left, right] = padsAlong(horizontal, width);
    return {
      kernel: [vertical.kernel, horizontal.kernel],
      strides: [vertical.stride, horizontal.stride],
      dilations: [vertical.dilation, horizontal.dilation],
      pads: [top, left, bottom, right],
    };
  }
}

export function alias(tensor: Tensor): Known {
  return { kind: "value", tensor };
}

export function asConstant(dims: readonly number[], data: Float64Array): Known {
  return { kind: "constant", constant: { dims, data } };
}
