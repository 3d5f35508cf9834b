import type { Tensor } from "#core/onnx/graph.ts";
import { safeNumber } from "#core/onnx/node-attributes.ts";
import { refuse } from "./refusal.ts";
import { constantValue, type IntegerValue, type Value } from "./value.ts";

/** A weight or constant as the rules see it. @throws Refusal for elements in a file that was not read */
export function valueOf(tensor: Tensor): Value {
  switch (tensor.type) {
    case "float32":
      return constantValue(tensor.data, tensor.dims);
    case "int64":
      return integers(Array.from(tensor.data, safeNumber), tensor.dims);
    case "int32":
      return integers(Array.from(tensor.data), tensor.dims);
    case "external":
      return refuse(`The weight "${tensor.name}" is in the file ${tensor.location}, which has not been read.`);
    case "opaque":
      return { kind: "other", type: tensor.elementType };
    default:
      return { kind: "other", type: tensor.type };
  }
}

export function integers(elements: readonly number[], dims: readonly number[]): IntegerValue {
  return { kind: "integers", dims, elements };
}
