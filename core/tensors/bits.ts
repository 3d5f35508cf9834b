/**
 * Float32 as its 32 bits. Bits, not values, because `-0 === 0` and `NaN !== NaN` both mislead a comparison.
 *
 * Bytes are little-endian on the wire. The views below cost nothing because every runtime isobit serves (x64, ARM64,
 * WebAssembly) is little-endian too; on a big-endian machine they would be reversed, so there they throw instead.
 */

const SIGN_BIT = 0x8000_0000;
const MAGNITUDE_BITS = 0x7fff_ffff;
const INFINITY_BITS = 0x7f80_0000;

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The same memory, one unsigned 32-bit word per element. */
export function bitsOf(floats: Float32Array): Uint32Array {
  return new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
}

/** The same memory as little-endian bytes, four per element. A view: later writes to either show in both. */
export function bytesOf<Memory extends ArrayBufferLike>(floats: Float32Array<Memory>): Uint8Array<Memory> {
  requireLittleEndian();
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

/**
 * The inverse of `bytesOf`, as a copy, so that the bytes may start anywhere in their buffer. NaN payloads survive.
 * @throws RangeError if the length is not a multiple of 4
 */
export function floatsOf(bytes: Uint8Array): Float32Array {
  requireLittleEndian();
  if (bytes.length % 4 !== 0) throw new RangeError(`${bytes.length} bytes are not a whole number of float32 elements.`);
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/**
 * The same floats in the same memory if it is aligned, otherwise a copy. For bytes that are not written to later.
 * @throws RangeError if the length is not a multiple of 4
 */
export function alignedFloats(bytes: Uint8Array): Float32Array {
  requireLittleEndian();
  if (bytes.byteOffset % 4 !== 0 || bytes.length % 4 !== 0) return floatsOf(bytes);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** True if the bits are a number: neither NaN nor infinite. */
export function isFiniteBits(bits: number): boolean {
  return (bits & MAGNITUDE_BITS) < INFINITY_BITS;
}

/** True if two arrays have the same length and the same bits throughout. */
export function sameBits(left: Float32Array, right: Float32Array): boolean {
  if (left.length !== right.length) return false;
  const rightBits = bitsOf(right);
  return bitsOf(left).every((bits, index) => bits === rightBits[index]);
}

/**
 * How many steps between neighbouring float32 values lie between two of them, 0 to 2^32 - 2^24. It is 0 between -0 and
 * +0, and infinity is the neighbour of the largest finite value. NaN if either is NaN.
 * @param left bits of one value, as an unsigned 32-bit number
 * @param right bits of the other
 */
export function ulpDistance(left: number, right: number): number {
  return Math.abs(placeOnLine(left) - placeOnLine(right));
}

/** Positive float32 bits count up with their value, negative ones count down: negating those makes one line. */
function placeOnLine(bits: number): number {
  const magnitude = bits & MAGNITUDE_BITS;
  if (magnitude > INFINITY_BITS) return NaN;
  return bits >= SIGN_BIT ? -magnitude : magnitude;
}

function requireLittleEndian(): void {
  if (!LITTLE_ENDIAN) throw new Error("isobit needs a little-endian machine; this one is big-endian.");
}
