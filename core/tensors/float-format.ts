/** The floating-point types whose roundings are explained here. */
export type FloatType = "float64" | "float32" | "float16" | "bfloat16";

/** One IEEE 754 style binary format. */
export interface FloatFormat {
  readonly type: FloatType;
  /** Significant bits, the hidden one included. */
  readonly precision: number;
  /** u: the largest relative error of one rounding to nearest, for results in the normal range. */
  readonly unitRoundoff: number;
  readonly smallestNormal: number;
  /** Smallest subnormal: the distance between neighbours around 0. */
  readonly smallestStep: number;
  readonly largest: number;
}

function format(type: FloatType, precision: number, least: number, most: number): FloatFormat {
  return {
    type,
    precision,
    unitRoundoff: 2 ** -precision,
    smallestNormal: 2 ** least,
    smallestStep: 2 ** (least - precision + 1),
    largest: (2 - 2 ** (1 - precision)) * 2 ** most,
  };
}

export const FLOAT_FORMATS: Readonly<Record<FloatType, FloatFormat>> = Object.freeze({
  float64: format("float64", 53, -1022, 1023),
  float32: format("float32", 24, -126, 127),
  float16: format("float16", 11, -14, 15),
  bfloat16: format("bfloat16", 8, -126, 127),
});

export function isFloatType(type: string): type is FloatType {
  return Object.hasOwn(FLOAT_FORMATS, type);
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** floor(log2 |number|); -1023 for what is subnormal as a double, 1024 for an infinity or NaN. */
function exponentOf(number: number): number {
  double[0] = number;
  return ((words[1]! >>> 20) & 0x7ff) - 1023;
}

/** Distance from |number| to the next larger number of the format, as if the format had no largest one. */
export function stepAt({ precision, smallestStep }: FloatFormat, number: number): number {
  const exponent = exponentOf(number);
  if (exponent === 1024) return Infinity;
  if (exponent === -1023) return smallestStep;
  return Math.max(2 ** Math.max(exponent - precision + 1, -1074), smallestStep);
}

/** To nearest, ties to even, with gradual underflow; half a step beyond the largest number and more becomes infinite. */
export function roundTo(target: FloatFormat, number: number): number {
  if (target.type === "float64" || number === 0 || !Number.isFinite(number)) return number;
  if (target.type === "float32") return Math.fround(number);
  const step = stepAt(target, number);
  const steps = Math.abs(number) / step;
  // At 2^52 a double's own step is 1, so adding it rounds to an integer, ties to even.
  const rounded = (steps + 2 ** 52 - 2 ** 52) * step;
  return Math.sign(number) * (rounded > target.largest ? Infinity : rounded);
}

export function isSubnormal({ smallestNormal }: FloatFormat, number: number): boolean {
  return number !== 0 && Math.abs(number) < smallestNormal;
}
