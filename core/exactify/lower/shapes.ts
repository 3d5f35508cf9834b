import { asConstant, type Lowered, type NodeCall } from "./node-call.ts";
import { constantOf } from "../constant.ts";

/** The batch is 0, which a Reshape reads as "unchanged". */
export function shape(call: NodeCall): Lowered {
  const known = call.known(0) ?? call.refuse("has no input. Export the model again.");
  const dims = known.kind === "constant" ? known.constant.dims : [0, ...known.tensor.shape];
  const part = dims.slice(call.int("start", 0), call.int("end", dims.length));
  return asConstant([part.length], Float64Array.from(part));
}

export function gather(call: NodeCall): Lowered {
  const { dims, data } = list(call);
  const indices = call.constant(1);
  const picked = indices.data.map(
    (index) => data[index < 0 ? index + dims[0]! : index] ?? call.refuse("picks an element that does not exist."),
  );
  return asConstant(indices.dims, picked);
}

export function slice(call: NodeCall): Lowered {
  const { data } = list(call);
  const [start = 0] = call.list(1, "starts") ?? [];
  const [end = data.length] = call.list(2, "ends") ?? [];
  if ((call.list(4, "")?.[0] ?? 1) !== 1)
    call.refuse("picks elements in steps. Fold constants first, e.g. with onnxsim.");
  const part = data.slice(start, end);
  return asConstant([part.length], part);
}

/** Only lists of constants can be picked from: parts of an image would need a layer of their own. */
function list(call: NodeCall): { dims: readonly number[]; data: Float64Array } {
  const known = call.known(0);
  if (known?.kind === "constant" && known.constant.dims.length === 1) return known.constant;
  return call.refuse("cuts out a part of a value. exactify supports whole values; export the model without that.");
}

export function constant(call: NodeCall): Lowered {
  const attribute = [...call.node.attributes.values()][0];
  switch (attribute?.kind) {
    case "tensor": {
      const { dims, data } = constantOf(attribute.value);
      return asConstant(dims, data);
    }
    case "float":
    case "int":
      return asConstant([], Float64Array.of(Number(attribute.value)));
    case "floats":
    case "ints":
      return asConstant([attribute.value.length], Float64Array.from<number | bigint>(attribute.value, Number));
    default:
      return call.refuse("does not hold numbers. Export the model again.");
  }
}
