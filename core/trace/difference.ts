import { isAlike, readElements } from "../tensors/read-elements.ts";
import type { TensorValue } from "../tensors/tensor-value.ts";

/** The difference between two tensors of one type. */
export interface Difference {
  readonly elements: number;
  /** Elements whose bits differ; -0 and +0 differ, and so do NaN payloads. */
  readonly differing: number;
  /** Over elements that are finite on both sources; null if there are none. */
  readonly maxAbs: number | null;
  /** Steps between neighbouring values of the type; for integers, the absolute difference. */
  readonly maxUlp: number | null;
}

export const NO_DIFFERENCE: Difference = Object.freeze({ elements: 0, differing: 0, maxAbs: null, maxUlp: null });

/** Tensors of different type or shape differ in every element. */
export function differenceOf(reference: TensorValue, other: TensorValue): Difference {
  const [a, b] = [readElements(reference), readElements(other)];
  if (!isAlike(reference, other)) {
    const elements = Math.max(a.length, b.length);
    return { elements, differing: Math.max(elements, 1), maxAbs: null, maxUlp: null };
  }
  const steps = stepsOf(a.type);
  let differing = 0;
  let finite = 0;
  let maxAbs = 0;
  let maxUlp = 0;
  for (let index = 0; index < a.length; index++) {
    const [x, y] = [a.numbers[index]!, b.numbers[index]!];
    const measured = Number.isFinite(x) && Number.isFinite(y);
    if (measured) finite++;
    if (a.words[index] === b.words[index]) continue;
    differing++;
    if (!measured) continue;
    maxAbs = Math.max(maxAbs, Math.abs(x - y));
    maxUlp = Math.max(maxUlp, steps === null ? Math.abs(x - y) : steps(a.words[index]!, b.words[index]!));
  }
  return { elements: a.length, differing, maxAbs: finite > 0 ? maxAbs : null, maxUlp: finite > 0 ? maxUlp : null };
}

export function addDifference(left: Difference, right: Difference): Difference {
  return {
    elements: left.elements + right.elements,
    differing: left.differing + right.differing,
    maxAbs: largest(left.maxAbs, right.maxAbs),
    maxUlp: largest(left.maxUlp, right.maxUlp),
  };
}

export function largest(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.max(left, right);
}

export function sameTensor(left: TensorValue, right: TensorValue): boolean {
  return isAlike(left, right) && left.bytes.every((byte, index) => byte === right.bytes[index]);
}

type Steps = (reference: number | bigint, other: number | bigint) => number;

/** Steps between two floats, from their bits; null for integers. */
function stepsOf(type: TensorValue["type"]): Steps | null {
  switch (type) {
    case "float32":
      return (a, b) => Math.abs(placeOf(Number(a), 0x8000_0000) - placeOf(Number(b), 0x8000_0000));
    case "float16":
    case "bfloat16":
      return (a, b) => Math.abs(placeOf(Number(a), 0x8000) - placeOf(Number(b), 0x8000));
    case "float64":
      return (a, b) => Math.abs(Number(widePlaceOf(BigInt(a)) - widePlaceOf(BigInt(b))));
    default:
      return null;
  }
}

/** The rank of a float among its type's values: positive bits count up with the value, negative bits count down. */
function placeOf(word: number, signBit: number): number {
  return word >= signBit ? signBit - word : word;
}

function widePlaceOf(word: bigint): bigint {
  return word >= 2n ** 63n ? 2n ** 63n - word : word;
}
