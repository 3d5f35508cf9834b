import type { ValueInfo } from "#core/onnx/graph.ts";
import { quoted } from "#core/onnx/rejected.ts";
import { type AnyTensor, givenTensor } from "#core/tensors/given-tensor.ts";
import { bytesPerElement, elementsOf } from "#core/tensors/tensor-value.ts";
import type { FiledArray } from "./array-file.ts";
import type { InputTarget } from "./input-set.ts";
import { refusedInput } from "./refused.ts";

/**
 * A caller's tensors as if they had been read from files.
 * @throws LibraryError INCOMPLETE for a name that the model does not have; BAD_INPUT for a tensor that contradicts itself
 */
export function givenArrays(
  tensors: Readonly<Record<string, AnyTensor>>,
  { inputs }: InputTarget,
): ReadonlyMap<string, FiledArray> {
  return new Map(
    Object.entries(tensors).map(([name, given]) => {
      const input = inputs.find((each) => each.name === name);
      if (input === undefined) {
        const known = inputs.map((each) => quoted(each.name)).join(", ");
        throw refusedInput(`The model has no input ${quoted(name)}. Its inputs are ${known}.`);
      }
      return [name, givenArray(given, input)];
    }),
  );
}

function givenArray(given: AnyTensor, { name, shape }: ValueInfo): FiledArray {
  const { type, dims, bytes } = givenTensor(given, `The tensor for ${quoted(name)}`);
  const size = bytesPerElement(type);
  return {
    type,
    shape: ArrayBuffer.isView(given) ? declaredShape(shape, bytes.length / size, dims) : dims,
    read: async (first, elements) => bytes.subarray(first * size, (first + elements) * size),
    close: async () => {},
  };
}

/** The model's own shape with as many rows as there are elements for; `flat` if they do not fill whole rows. */
function declaredShape(shape: readonly number[] | null, elements: number, flat: readonly number[]): readonly number[] {
  if (shape === null) return flat;
  const [, ...tail] = shape;
  const rows = elements / elementsOf(tail);
  return tail.every((size) => size > 0) && Number.isInteger(rows) ? [rows, ...tail] : flat;
}
