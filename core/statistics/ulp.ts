import { bitsAt, hexOf, scalarOf, scalarOfBits, valueAt } from "../tensors/element-bits.ts";
import { readElements } from "../tensors/read-elements.ts";
import { IsobitError } from "../errors.ts";
import type { FloatType } from "../tensors/float-format.ts";
import { bytesPerElement, type ElementType } from "../tensors/tensor-value.ts";
import { stepsOf } from "./steps.ts";

/**
 * The number of steps between two values of a type: 0 between -0 and +0, NaN if either is NaN. Infinity is the
 * neighbour of the largest finite value. For integers, the absolute difference. Exact up to 2^53.
 * @param type default: float32
 * @throws IsobitError BAD_INPUT for a number that is not a value of the type; nothing is rounded
 * @example
 * ```ts
 * ulpDistance(1, Math.fround(1.0000001)); // 1
 * ulpDistance(1, 1.0009765625, "float16"); // 1
 * ```
 */
export function ulpDistance(reference: number | bigint, other: number | bigint, type: ElementType = "float32"): number {
  const [left, right] = [readElements(scalarOf(reference, type)), readElements(scalarOf(other, type))];
  return stepsOf(type)(left, right, 0);
}

/**
 * The smallest value of a float type above another. For -0 and +0 it is the smallest subnormal, for the largest finite
 * value infinity; infinity and NaN are returned unchanged.
 * @param type default: float32
 * @throws IsobitError BAD_INPUT for a number that is not a value of the type
 * @example
 * ```ts
 * nextUp(1); // 1.0000001192092896
 * ```
 */
export function nextUp(value: number, type: FloatType = "float32"): number {
  if (Number.isNaN(value) || value === Infinity) return value;
  const sign = 1n << BigInt(8 * bytesPerElement(type) - 1);
  const bits = bitsAt(scalarOf(value, type), 0);
  const next = bits < sign ? bits + 1n : bits === sign ? 1n : bits - 1n;
  return Number(valueAt(scalarOfBits(next, type), 0));
}

/** The largest value of a float type below another; see `nextUp`. @param type default: float32 */
export function nextDown(value: number, type: FloatType = "float32"): number {
  return -nextUp(-value, type);
}

/**
 * A value's bits in hex, most significant first.
 * @param type default: float32
 * @throws IsobitError BAD_INPUT for a number that is not a value of the type
 * @example
 * ```ts
 * bitsToHex(-0); // "0x80000000"
 * bitsToHex(1, "float64"); // "0x3ff0000000000000"
 * ```
 */
export function bitsToHex(value: number | bigint, type: ElementType = "float32"): string {
  return hexOf(bitsAt(scalarOf(value, type), 0), type);
}

/**
 * The value with these bits; the inverse of `bitsToHex`.
 * @param bits in hex, e.g. "0x3f800000"
 * @param type default: float32
 * @returns a bigint for int64 and uint64, a number for every other type
 * @throws IsobitError BAD_INPUT for text that is not hex or has the wrong number of digits
 */
export function hexToValue(bits: string, type: ElementType = "float32"): number | bigint {
  const digits = 2 * bytesPerElement(type);
  if (!/^0x[0-9a-f]+$/i.test(bits) || bits.length !== digits + 2) {
    throw new IsobitError(
      "BAD_INPUT",
      `${JSON.stringify(bits)} is not 0x followed by ${digits} hex digits, as ${type} requires.`,
    );
  }
  return valueAt(scalarOfBits(BigInt(bits), type), 0);
}
