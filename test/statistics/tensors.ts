import fc from "fast-check";
import type { ElementType, TensorValue } from "#core/tensors/tensor-value.ts";

/** Any bits at all, or bits near another tensor's: what statistics must not stumble over. */
export function anyTensor(type: ElementType, elements: number): fc.Arbitrary<TensorValue> {
  const bytes = { float16: 2, bfloat16: 2, int8: 1, uint8: 1, bool: 1, int16: 2, uint16: 2 } as Record<string, number>;
  const size = bytes[type] ?? (type.endsWith("64") ? 8 : 4);
  const values = type === "bool" ? fc.integer({ min: 0, max: 1 }) : fc.integer({ min: 0, max: 255 });
  return fc
    .array(values, { minLength: elements * size, maxLength: elements * size })
    .map((all) => ({ type, dims: [elements], bytes: Uint8Array.from(all) }));
}

export function float32(...values: number[]): TensorValue {
  return { type: "float32", dims: [values.length], bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

export function float64(...values: number[]): TensorValue {
  return { type: "float64", dims: [values.length], bytes: new Uint8Array(Float64Array.from(values).buffer) };
}

export function int64(...values: bigint[]): TensorValue {
  return { type: "int64", dims: [values.length], bytes: new Uint8Array(BigInt64Array.from(values).buffer) };
}

/** Finite numbers of the sizes that logits have, zeros and tiny ones included. */
export const someFloats = fc.array(
  fc.oneof(
    fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 }),
    fc.constantFrom(0, -0, 1e-42, -1.5, 2 ** -149),
  ),
  { minLength: 1, maxLength: 40 },
);
