import fc from "fast-check";

/** Bits of float32 values where comparisons go wrong first. */
export const BITS = Object.freeze({
  zero: 0x0000_0000,
  minusZero: 0x8000_0000,
  smallest: 0x0000_0001,
  minusSmallest: 0x8000_0001,
  largestSubnormal: 0x007f_ffff,
  smallestNormal: 0x0080_0000,
  one: 0x3f80_0000,
  minusOne: 0xbf80_0000,
  afterOne: 0x3f80_0001,
  largest: 0x7f7f_ffff,
  minusLargest: 0xff7f_ffff,
  infinity: 0x7f80_0000,
  minusInfinity: 0xff80_0000,
  nan: 0x7fc0_0000,
  nanWithPayload: 0x7fc0_1234,
  signallingNan: 0x7f80_0001,
  minusNan: 0xffc0_0000,
});

const isNanBits = (bits: number): boolean => (bits & 0x7fff_ffff) > BITS.infinity;

/** Any float32 as its bits, the awkward ones often. */
export const anyBits = fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(...Object.values(BITS)));

/** Any float32 but NaN, as its bits. */
export const orderedBits = anyBits.filter((bits) => !isNanBits(bits));

/** Any finite float32, as its bits. */
export const finiteBits = orderedBits.filter((bits) => (bits & BITS.infinity) !== BITS.infinity);

/** Floats with exactly these bits; NaN payloads never pass through a JavaScript number. */
export function floatsWithBits(bits: readonly number[]): Float32Array {
  return new Float32Array(Uint32Array.from(bits).buffer);
}

export function floatWithBits(bits: number): number {
  return floatsWithBits([bits])[0] ?? NaN;
}
