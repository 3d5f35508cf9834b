import type { ElementType, TensorValue } from "#core/tensors/tensor-value.ts";
import { tensorValue } from "#core/tensors/tensor-value.ts";
import { FLOAT_FORMATS, roundTo } from "#core/tensors/float-format.ts";
import { numberToFloat16 } from "#core/tensors/float16.ts";

/** A tensor of any type from plain numbers, each rounded to the type. */
export function tensor(type: ElementType, dims: readonly number[], numbers: Iterable<number>): TensorValue {
  const { buffer } = encoded(type, [...numbers]);
  return tensorValue(type, dims, new Uint8Array(buffer));
}

function encoded(type: ElementType, numbers: readonly number[]): { readonly buffer: ArrayBuffer } {
  switch (type) {
    case "float32":
      return Float32Array.from(numbers);
    case "float64":
      return Float64Array.from(numbers);
    case "float16":
      return Uint16Array.from(numbers, (number) => numberToFloat16(roundTo(FLOAT_FORMATS.float16, number)));
    case "bfloat16":
      return Uint16Array.from(
        new Uint32Array(Float32Array.from(numbers, (number) => roundTo(FLOAT_FORMATS.bfloat16, number)).buffer),
        (word) => word >>> 16,
      );
    case "int8":
      return Int8Array.from(numbers);
    case "int16":
      return Int16Array.from(numbers);
    case "int32":
      return Int32Array.from(numbers);
    case "uint8":
    case "bool":
      return Uint8Array.from(numbers);
    case "uint16":
      return Uint16Array.from(numbers);
    case "uint32":
      return Uint32Array.from(numbers);
    case "int64":
      return BigInt64Array.from(numbers, BigInt);
    case "uint64":
      return BigUint64Array.from(numbers, BigInt);
  }
}
