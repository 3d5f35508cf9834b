import { ulpDistance } from "../tensors/bits.ts";
import { integerAt, type Elements } from "../tensors/read-elements.ts";

/** The number of steps between elements `index` of two tensors of one type. */
export type Steps = (reference: Elements, other: Elements, index: number) => number;

/**
 * The number of steps between two elements: for floats the ULP distance (0 between -0 and +0, NaN if either is NaN),
 * for integers and booleans |a - b|. Exact up to 2^53 and truncated to 53 bits beyond, so that it never reaches the
 * next power of two.
 */
export function stepsOf(type: Elements["type"]): Steps {
  switch (type) {
    case "float32":
      return (reference, other, index) => ulpDistance(Number(reference.words[index]), Number(other.words[index]));
    case "float16":
      return narrowSteps(0x7c00);
    case "bfloat16":
      return narrowSteps(0x7f80);
    case "float64":
      return doubleSteps;
    case "int64":
    case "uint64":
      return (reference, other, index) => cutToDouble(integerAt(reference, index) - integerAt(other, index));
    default:
      return (reference, other, index) => Math.abs(reference.numbers[index]! - other.numbers[index]!);
  }
}

/** For 16-bit floats. @param infinity the bits of +infinity; larger ones are NaN */
function narrowSteps(infinity: number): Steps {
  const place = (word: number): number => {
    const magnitude = word & 0x7fff;
    if (magnitude > infinity) return NaN;
    return word & 0x8000 ? -magnitude : magnitude;
  };
  return (reference, other, index) =>
    Math.abs(place(Number(reference.words[index])) - place(Number(other.words[index])));
}

const DOUBLE_MAGNITUDE = 0x7fff_ffff_ffff_ffffn;

function doubleSteps(reference: Elements, other: Elements, index: number): number {
  if (Number.isNaN(reference.numbers[index]) || Number.isNaN(other.numbers[index])) return NaN;
  const left = reference.words[index]!;
  const right = other.words[index]!;
  return left === right ? 0 : cutToDouble(placeOfDouble(BigInt(left)) - placeOfDouble(BigInt(right)));
}

function placeOfDouble(word: bigint): bigint {
  const magnitude = word & DOUBLE_MAGNITUDE;
  return word === magnitude ? magnitude : -magnitude;
}

/** |integer| as a double, rounded towards 0. */
function cutToDouble(integer: bigint): number {
  const magnitude = integer < 0n ? -integer : integer;
  const excess = BigInt(Math.max(0, magnitude.toString(2).length - 53));
  return Number((magnitude >> excess) << excess);
}
