import { IsobitError } from "../errors.ts";
import { numberToFloat16 } from "./float16.ts";
import { integerAt, readElements } from "./read-elements.ts";
import { bytesPerElement, type ElementType, type TensorValue } from "./tensor-value.ts";

/* One element of a tensor: its value and its bits. */

const WIDE: ReadonlySet<ElementType> = new Set(["int64", "uint64"]);

/**
 * A value as a scalar tensor.
 * @param value a number; a bigint for int64 and uint64
 * @throws IsobitError BAD_INPUT if the type does not represent the value exactly: nothing is rounded
 */
export function scalarOf(value: number | bigint, type: ElementType): TensorValue {
  const scalar = scalarOfBits(bitsIn(value, type), type);
  const held = valueAt(scalar, 0);
  // Loosely: a bigint and a number may be the same integer.
  if (Object.is(held, value) || held == value) return scalar;
  throw new IsobitError("BAD_INPUT", `${value} is not a value of ${type}. Round it first, e.g. with Math.fround.`);
}

/** @param bits the element's bits as an unsigned integer; those beyond the type's width are cut off */
export function scalarOfBits(bits: bigint, type: ElementType): TensorValue {
  const bytes = new Uint8Array(bytesPerElement(type));
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number((bits >> BigInt(8 * at)) & 0xffn);
  return { type, dims: [], bytes };
}

/** @param index of the flat tensor */
export function bitsAt({ type, bytes }: TensorValue, index: number): bigint {
  const size = bytesPerElement(type);
  return bytes.subarray(index * size, (index + 1) * size).reduceRight((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
}

/** A bigint for int64 and uint64, for every other type a number. @param index of the flat tensor */
export function valueAt({ type, bytes }: TensorValue, index: number): number | bigint {
  const size = bytesPerElement(type);
  const elements = readElements({ type, dims: [], bytes: bytes.subarray(index * size, (index + 1) * size) });
  return WIDE.has(type) ? integerAt(elements, 0) : elements.numbers[0]!;
}

/** "0x3f800000": two hex digits per byte of the type. */
export function hexOf(bits: bigint, type: ElementType): string {
  return `0x${bits.toString(16).padStart(2 * bytesPerElement(type), "0")}`;
}

/** Bits of a value nearby, or of 0; `scalarOf` refuses bits of another value. */
function bitsIn(value: number | bigint, type: ElementType): bigint {
  const view = new DataView(new ArrayBuffer(8));
  switch (type) {
    case "float64":
      view.setFloat64(0, Number(value));
      return view.getBigUint64(0);
    case "float32":
      view.setFloat32(0, Number(value));
      return BigInt(view.getUint32(0));
    case "bfloat16":
      view.setFloat32(0, Number(value));
      return BigInt(view.getUint32(0)) >> 16n;
    case "float16":
      return BigInt(numberToFloat16(Number(value)));
    default:
      return integerBits(value, type);
  }
}

function integerBits(value: number | bigint, type: ElementType): bigint {
  if (typeof value === "number" && !Number.isInteger(value)) return 0n;
  const bits = BigInt.asUintN(8 * bytesPerElement(type), BigInt(value));
  return type === "bool" ? bits & 1n : bits;
}
