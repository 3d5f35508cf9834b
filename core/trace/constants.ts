import { elementTypeName } from "../tensors/element-type.ts";
import type { Attribute, Graph, GraphNode, Tensor } from "../onnx/graph.ts";
import type { Producers } from "../onnx/lookup.ts";
import { int64 } from "../onnx/protobuf.ts";
import { tensorMessage } from "../onnx/tensor.ts";
import {
  bytesPerElement,
  type ElementType,
  elementsOf,
  isElementType,
  type TensorValue,
} from "../tensors/tensor-value.ts";
import { isConstantNode } from "./cut-node.ts";
import { sameTensor } from "./difference.ts";

/**
 * The bits of a constant of the graph: a weight, or the value of a Constant node.
 * @returns null for a constant whose bits are not available (strings, sparse or external data); undefined for a name
 *   that is not a constant
 */
export function constantValue(name: string, graph: Graph, producers: Producers): TensorValue | null | undefined {
  const weight = graph.initializers.get(name);
  if (weight) return valueOfTensor(weight);
  const node = producers.get(name);
  return node && isConstantNode(node) ? valueOfConstantNode(node) : undefined;
}

export type Constant = ReturnType<typeof constantValue>;

/** Equal in every bit. Two constants whose bits are not available count as equal. */
export function sameConstant(left: Constant, right: Constant): boolean {
  return left && right ? sameTensor(left, right) : left === right;
}

function valueOfConstantNode({ attributes }: GraphNode): TensorValue | null {
  const [held] = [...attributes.values()];
  return held ? valueOfAttribute(held) : null;
}

function valueOfAttribute(attribute: Attribute): TensorValue | null {
  switch (attribute.kind) {
    case "tensor":
      return valueOfTensor(attribute.value);
    case "float":
      return raw("float32", [], Float32Array.of(attribute.value));
    case "floats":
      return raw("float32", [attribute.value.length], Float32Array.from(attribute.value));
    case "int":
      return raw("int64", [], BigInt64Array.of(attribute.value));
    case "ints":
      return raw("int64", [attribute.value.length], BigInt64Array.from(attribute.value));
    default:
      return null;
  }
}

function raw(type: ElementType, dims: readonly number[], data: ArrayBufferView): TensorValue {
  return { type, dims, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

export function valueOfTensor(tensor: Tensor): TensorValue | null {
  if (tensor.type === "external") return null;
  const type = tensor.type === "opaque" ? tensor.elementType : tensor.type;
  if (!isElementType(type)) return null;
  const message = tensorMessage(tensor);
  const { dims } = tensor;
  const size = elementsOf(dims) * bytesPerElement(type);
  const bytes = message.rawData?.length ? message.rawData : fromFields(type, message);
  if (elementTypeName(message.dataType ?? 0) !== type || bytes.length !== size) return null;
  return { type, dims, bytes };
}

/** Elements in ONNX's typed fields, for the types that `readTensor` does not decode. */
function fromFields(type: ElementType, message: ReturnType<typeof tensorMessage>): Uint8Array {
  const small = message.int32Data ?? [];
  const large = (message.uint64Data ?? []).map(int64);
  switch (type) {
    case "int16":
    case "uint16":
    case "bfloat16":
      return raw(type, [], Uint16Array.from(small)).bytes;
    case "uint32":
      return raw(
        type,
        [],
        Uint32Array.from(large, (each) => Number(BigInt.asUintN(32, each))),
      ).bytes;
    case "uint64":
      return raw(
        type,
        [],
        BigUint64Array.from(large, (each) => BigInt.asUintN(64, each)),
      ).bytes;
    default:
      return new Uint8Array();
  }
}
