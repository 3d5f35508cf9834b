import { bytesPerElement, elementsOf, type ElementType, type TensorValue } from "./tensor-value.ts";
import { float16ToNumber } from "./float16.ts";
import { ARRAYS } from "./tensor-array.ts";

type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** A tensor's elements as numbers to compute with and as bits to compare. */
export interface Elements {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly length: number;
  /** Exact for every type but int64 and uint64, which are rounded to the nearest double beyond 2^53. */
  readonly numbers: Float64Array;
  /** One word per element. */
  readonly words: Words;
}

export function readElements(value: TensorValue): Elements {
  // A copy, because the bytes may start anywhere in their buffer.
  const { buffer } = new Uint8Array(value.bytes);
  return {
    type: value.type,
    dims: value.dims,
    length: elementsOf(value.dims),
    numbers: numbersOf(value.type, buffer),
    words: wordsOf(value.type, buffer),
  };
}

/** Flat indices of the elements whose bits differ; of every element if type or shape differ. */
export function differingIndices(left: Elements, right: Elements): readonly number[] {
  const comparable = isAlike(left, right);
  const indices: number[] = [];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    if (!comparable || left.words[index] !== right.words[index]) indices.push(index);
  }
  return indices;
}

type Shape = Pick<TensorValue, "type" | "dims">;

/** True for tensors of one type and shape. */
export function isAlike(left: Shape, right: Shape): boolean {
  return left.type === right.type && left.dims.join() === right.dims.join();
}

/** Exact; signed types as two's complement. */
export function integerAt({ type, words }: Elements, index: number): bigint {
  const word = BigInt(words[index] ?? 0);
  return type.startsWith("int") ? BigInt.asIntN(Number(type.slice(3)), word) : word;
}

function wordsOf(type: ElementType, buffer: ArrayBuffer): Words {
  switch (bytesPerElement(type)) {
    case 1:
      return new Uint8Array(buffer);
    case 2:
      return new Uint16Array(buffer);
    case 4:
      return new Uint32Array(buffer);
    default:
      return new BigUint64Array(buffer);
  }
}

function numbersOf(type: ElementType, buffer: ArrayBuffer): Float64Array {
  switch (type) {
    case "float64":
      return new Float64Array(buffer);
    case "float16":
      return Float64Array.from(new Uint16Array(buffer), float16ToNumber);
    case "bfloat16":
      return Float64Array.from(
        new Float32Array(Uint32Array.from(new Uint16Array(buffer), (word) => word << 16).buffer),
      );
    case "int64":
    case "uint64":
      return Float64Array.from<bigint>(new ARRAYS[type](buffer), Number);
    default:
      return Float64Array.from(new ARRAYS[type](buffer));
  }
}
