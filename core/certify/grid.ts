const scratch = new Float32Array(1);
const word = new Uint32Array(scratch.buffer);

/**
 * The coarsest power of two that a float32 is an integer multiple of, as its exponent: value = odd number x 2^e.
 * @param value finite and not zero (zero is a multiple of every power of two)
 */
export function gridOf(value: number): number {
  scratch[0] = value;
  return gridOfBits(word[0]!);
}

/** The same from the bits, for loops over many weights. */
export function gridOfBits(bits: number): number {
  const field = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  const significand = field === 0 ? fraction : fraction | 0x800000;
  const trailingZeros = 31 - Math.clz32(significand & -significand);
  // A subnormal (field 0) has the scale of field 1; 150 = bias 127 + 23 fraction bits.
  return Math.max(field, 1) - 150 + trailingZeros;
}

/** k if |value| = 2^k, otherwise null. */
export function powerOfTwo(value: number): number | null {
  if (value === 0 || !Number.isFinite(value)) return null;
  const exponent = gridOf(value);
  return Math.abs(value) === 2 ** exponent ? exponent : null;
}

/** The coarsest grid that holds every value; null where all are 0. */
export function commonGrid(values: Iterable<number>): number | null {
  let exponent: number | null = null;
  for (const value of values) {
    if (value !== 0) exponent = Math.min(exponent ?? Infinity, gridOf(value));
  }
  return exponent;
}
