import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, bytesOf, floatsOf, isFiniteBits, sameBits, ulpDistance } from "#core/tensors/bits.ts";
import { anyBits, BITS, floatsWithBits, floatWithBits, orderedBits } from "./float-bits.ts";

/** Float32 values at or above zero and below this one, counted from their exact value: the definition itself. */
function valuesBelow(value: number): bigint {
  // In units of 2^-149 every finite float32 is an integer, exact in a double; infinity stands where 2^128 would.
  const units = value === Infinity ? 1n << 277n : BigInt(value * 2 ** 149);
  const exponent = units < 1n << 24n ? 0n : BigInt(units.toString(2).length - 24);
  return (exponent << 23n) + (units >> exponent);
}

const place = (value: number): bigint => (value < 0 ? -valuesBelow(-value) : valuesBelow(value));

function exactDistance(left: number, right: number): bigint {
  const distance = place(left) - place(right);
  return distance < 0n ? -distance : distance;
}

describe("ULP distance", () => {
  it.each([
    ["-0 and +0", BITS.minusZero, BITS.zero, 0],
    ["+0 and the smallest value", BITS.zero, BITS.smallest, 1],
    ["the smallest values on either side of zero", BITS.minusSmallest, BITS.smallest, 2],
    ["the last subnormal and the first normal value", BITS.largestSubnormal, BITS.smallestNormal, 1],
    ["1 and the value after it", BITS.one, BITS.afterOne, 1],
    ["-1 and 1", BITS.minusOne, BITS.one, 2 * BITS.one],
    ["the largest finite value and infinity", BITS.largest, BITS.infinity, 1],
    ["-infinity and infinity", BITS.minusInfinity, BITS.infinity, 2 ** 32 - 2 ** 24],
  ])("between %s is right", (_, left, right, steps) => {
    expect(ulpDistance(left, right)).toBe(steps);
  });

  it("agrees with counting the values in between, from exact arithmetic", () => {
    fc.assert(
      fc.property(orderedBits, orderedBits, (left, right) => {
        expect(BigInt(ulpDistance(left, right))).toBe(exactDistance(floatWithBits(left), floatWithBits(right)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is symmetric, and zero only between equal values", () => {
    fc.assert(
      fc.property(orderedBits, orderedBits, (left, right) => {
        expect(ulpDistance(left, right)).toBe(ulpDistance(right, left));
        expect(ulpDistance(left, right) === 0).toBe(floatWithBits(left) === floatWithBits(right));
      }),
    );
  });

  it("adds up along the line of numbers", () => {
    fc.assert(
      fc.property(fc.tuple(orderedBits, orderedBits, orderedBits), (bits) => {
        const [low, middle, high] = bits.toSorted((a, b) => floatWithBits(a) - floatWithBits(b) || 0);
        expect(ulpDistance(low!, middle!) + ulpDistance(middle!, high!)).toBe(ulpDistance(low!, high!));
      }),
    );
  });

  it("is NaN where either value is NaN", () => {
    fc.assert(
      fc.property(anyBits, fc.constantFrom(BITS.nan, BITS.minusNan, BITS.signallingNan), (bits, nan) => {
        expect(ulpDistance(bits, nan)).toBeNaN();
        expect(ulpDistance(nan, bits)).toBeNaN();
      }),
    );
  });
});

describe("floats as bits and bytes", () => {
  it("distinguishes numbers from NaN and infinity", () => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        expect(isFiniteBits(bits)).toBe(Number.isFinite(floatWithBits(bits)));
      }),
    );
  });

  it("writes little-endian bytes", () => {
    expect([...bytesOf(Float32Array.of(1, -0))]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0x80]);
  });

  it("reads back the same bits from any place in a buffer, NaN payloads included", () => {
    fc.assert(
      fc.property(fc.array(anyBits), fc.nat({ max: 3 }), (bits, offset) => {
        const floats = floatsWithBits(bits);
        const shifted = new Uint8Array(offset + floats.byteLength);
        shifted.set(bytesOf(floats), offset);
        const back = floatsOf(shifted.subarray(offset));
        expect([...bitsOf(back)]).toEqual(bits);
        expect(sameBits(back, floats)).toBe(true);
      }),
    );
  });

  it("copies: the bytes may change afterwards", () => {
    const bytes = Buffer.from(bytesOf(Float32Array.of(1)));
    const floats = floatsOf(bytes);
    bytes.fill(0);
    expect(floats[0]).toBe(1);
  });

  it("refuses bytes that do not make up whole elements", () => {
    expect(() => floatsOf(new Uint8Array(7))).toThrow(RangeError);
  });

  it("calls no two arrays the same that differ in one bit or in length", () => {
    fc.assert(
      fc.property(fc.array(anyBits, { minLength: 1 }), fc.nat(), fc.nat({ max: 31 }), (bits, at, bit) => {
        const changed = bits.map((word, index) => (index === at % bits.length ? (word ^ (1 << bit)) >>> 0 : word));
        expect(sameBits(floatsWithBits(bits), floatsWithBits(changed))).toBe(false);
        expect(sameBits(floatsWithBits(bits), floatsWithBits(bits.slice(1)))).toBe(false);
      }),
    );
  });
});
