import { dataTypeOf, elementTypeName } from "../tensors/element-type.ts";
import type { ValueInfo } from "./graph.ts";
import { count, type ValueInfoMessage } from "./protobuf.ts";
import { quoted } from "./rejected.ts";

export function readValueInfo(message: ValueInfoMessage): ValueInfo {
  const name = message.name ?? "";
  const type = message.type ?? {};
  const other = otherKind(type);
  if (other !== null) return { name, elementType: other, shape: null, dimNames: [], opaque: message };
  const dims = type.tensorType?.shape ? (type.tensorType.shape.dim ?? []) : null;
  const elementType = type.tensorType?.elemType ? elementTypeName(type.tensorType.elemType) : null;
  return {
    name,
    elementType,
    // Some exporters write "dynamic" as a negative number; 0 is kept, because it has several meanings.
    shape:
      dims?.map((dim) =>
        Object.hasOwn(dim, "dimValue") ? Math.max(-1, count(dim.dimValue, `A dimension of ${quoted(name)}`)) : -1,
      ) ?? null,
    dimNames: dims?.map((dim) => dim.dimParam || null) ?? [],
  };
}

/** The kind of a value that is not a tensor. */
function otherKind(type: NonNullable<ValueInfoMessage["type"]>): string | null {
  if (type.sequenceType) return "sequence";
  if (type.mapType) return "map";
  if (type.optionalType) return "optional";
  return type.sparseTensorType ? "sparse tensor" : null;
}

export function valueInfoMessage({ name, elementType, shape, dimNames, opaque }: ValueInfo): ValueInfoMessage {
  if (opaque) return { ...opaque, name };
  // ONNX Runtime infers the type of an output that has none.
  if (elementType === null) return { name };
  const dim = shape?.map((size, axis) => {
    if (size >= 0) return { dimValue: size };
    const dimParam = dimNames[axis];
    return dimParam ? { dimParam } : {};
  });
  return { name, type: { tensorType: { elemType: dataTypeOf(elementType), ...(dim && { shape: { dim } }) } } };
}

/** "float32 [N, 1, 28, 28]", for messages. */
export function describeType({ elementType, shape, dimNames }: ValueInfo): string {
  const dims = shape?.map((size, axis) => (size >= 0 ? size : (dimNames[axis] ?? "?"))).join(", ");
  return `${elementType ?? "untyped"}${dims === undefined ? "" : ` [${dims}]`}`;
}
