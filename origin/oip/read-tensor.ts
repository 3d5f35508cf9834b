import { floatsOf } from "#core/tensors/bits.ts";
import { IsobitError } from "#core/errors.ts";
import { shown } from "#core/shown.ts";

/**
 * A tensor that follows the JSON, as little-endian float32; NaN and infinities are taken as they are.
 * @param size the input's binary_data_size
 * @param binary what follows the JSON; null without Inference-Header-Content-Length
 * @throws IsobitError BAD_INPUT
 */
export function binaryTensor(name: string, size: unknown, elements: number, binary: Uint8Array | null): Float32Array {
  if (binary === null) {
    throw bad(`The input ${name} is declared as binary, but Inference-Header-Content-Length does not give its start.`);
  }
  if (size !== elements * 4) {
    throw bad(`The input ${name} has binary_data_size ${shown(size)}; its shape needs ${elements * 4} bytes.`);
  }
  if (binary.length !== size)
    throw bad(`The input ${name} declares ${size} bytes, but ${binary.length} follow the JSON.`);
  return floatsOf(binary);
}

/**
 * A tensor in the JSON, flat or nested, row-major; each number becomes the nearest float32.
 * @throws IsobitError BAD_INPUT for another count, for anything but numbers, and for numbers that no float32 holds
 */
export function jsonTensor(name: string, data: unknown, elements: number): Float32Array {
  if (!Array.isArray(data)) throw bad(`The input ${name} has neither data nor binary_data_size.`);
  const tensor = new Float32Array(elements);
  let count = 0;
  const pending: Iterator<unknown>[] = [data.values()];
  for (let current = pending.at(-1); current !== undefined; current = pending.at(-1)) {
    const { done, value } = current.next();
    if (done) pending.pop();
    else if (Array.isArray(value)) pending.push(value.values());
    else if (typeof value !== "number")
      throw bad(`The input ${name} has ${shown(value)} at element ${count}; FP32 data must be numbers.`);
    else {
      if (!Number.isFinite(Math.fround(value))) {
        throw bad(
          `The input ${name} has ${value} at element ${count}, which float32 cannot represent. Send infinities as binary data.`,
        );
      }
      if (count < elements) tensor[count] = value;
      count += 1;
    }
  }
  if (count === elements) return tensor;
  throw bad(`The input ${name} has ${count} numbers; its shape needs ${elements}.`);
}

function bad(message: string): IsobitError {
  return new IsobitError("BAD_INPUT", message);
}
