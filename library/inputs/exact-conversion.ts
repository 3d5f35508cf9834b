import { float16ToNumber, numberToFloat16 } from "#core/tensors/float16.ts";
import { elementArray } from "#core/tensors/tensor-array.ts";
import { bytesPerElement, type ElementType, isElementType, type TensorValue } from "#core/tensors/tensor-value.ts";

export type ExactConversion =
  | { readonly exact: true; readonly type: ElementType; readonly bytes: Uint8Array }
  /** `why` ends a sentence; it is empty if the types are reason enough. */
  | { readonly exact: false; readonly why: string };

/**
 * A tensor in a type that is not wider, where every value is one of that type: an output that was written in a wider type gets
 * its own bits back. NaN is refused, since a wider type does not keep its bits.
 */
export function exactlyAs(wanted: string, tensor: TensorValue): ExactConversion {
  const { type, dims } = tensor;
  const narrow = ["float16", "bfloat16"].includes(type) || wanted === "bfloat16";
  if (!isElementType(wanted) || narrow || bytesPerElement(type) < bytesPerElement(wanted))
    return { exact: false, why: "" };
  const values: readonly (number | bigint)[] = [...elementArray(tensor)];
  const target = elementArray({ type: wanted, dims, bytes: new Uint8Array(values.length * bytesPerElement(wanted)) });
  for (const [place, value] of values.entries()) {
    if (!store(target, place, value, wanted))
      return { exact: false, why: `, and its element ${place} (${value}) is not a ${wanted}` };
  }
  return { exact: true, type: wanted, bytes: new Uint8Array(target.buffer) };
}

/** @returns whether the element then has the same value */
function store(
  target: ReturnType<typeof elementArray>,
  place: number,
  value: number | bigint,
  type: ElementType,
): boolean {
  if (target instanceof BigInt64Array || target instanceof BigUint64Array) {
    if (typeof value === "number" && (!Number.isSafeInteger(value) || Object.is(value, -0))) return false;
    target[place] = BigInt(value);
    return target[place] === BigInt(value);
  }
  const number = Number(value);
  target[place] = type === "float16" ? numberToFloat16(number) : number;
  const stored = type === "float16" ? float16ToNumber(target[place]!) : target[place]!;
  if (Number.isNaN(number) || !Object.is(stored, number) || (type === "bool" && number > 1)) return false;
  return typeof value === "number" || BigInt(number) === value;
}
