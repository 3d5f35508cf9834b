import { numberToFloat16 } from "./float16.ts";
import type { TensorValue } from "./tensor-value.ts";
import { type FloatType } from "./float-format.ts";

/** A tensor of a floating-point type from numbers that the type holds exactly. */
export function writeNumbers(type: FloatType, dims: readonly number[], numbers: Float64Array): TensorValue {
  return { type, dims, bytes: bytesOf(type, numbers) };
}

function bytesOf(type: FloatType, numbers: Float64Array): Uint8Array {
  switch (type) {
    case "float64":
      return new Uint8Array(numbers.slice().buffer);
    case "float32":
      return new Uint8Array(Float32Array.from(numbers).buffer);
    case "float16":
      return new Uint8Array(Uint16Array.from(numbers, numberToFloat16).buffer);
    case "bfloat16":
      return new Uint8Array(
        Uint16Array.from(new Uint32Array(Float32Array.from(numbers).buffer), (word) => word >>> 16).buffer,
      );
  }
}
