import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { measureExactly, newExact } from "#core/explain/sums/exact.ts";

/** Every float32 as an integer multiple of 2^-149, every double as one of 2^-1074. */
function scaled(number: number, places: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(number).buffer)[0]!;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const mantissa = exponent === 0 ? fraction : fraction | (1n << 52n);
  const shift = Math.max(exponent, 1) - 1075 + places;
  const magnitude = shift >= 0 ? mantissa << BigInt(shift) : mantissa >> BigInt(-shift);
  return number < 0 ? -magnitude : magnitude;
}

const PLACES = 1200;
const abs = (integer: bigint): bigint => (integer < 0n ? -integer : integer);

/** |double-double - exact| <= 2^-48 sum|a||b|, in integers. */
function isClose(left: readonly number[], right: readonly number[], addend: number): boolean {
  const into = newExact();
  const lists = [Float64Array.from(left), Float64Array.from(right)] as const;
  measureExactly(into, lists[0], lists[1], left.length, {
    alpha: 1,
    beta: 1,
    addend,
    doubles: false,
    subnormalsBelow: 0,
  });
  const products = left.map((a, k) => scaled(a, PLACES) * scaled(right[k]!, PLACES));
  const one = 1n << BigInt(PLACES);
  const exact = products.reduce((sum, product) => sum + product, scaled(addend, PLACES) * one);
  const size = products.reduce((sum, product) => sum + abs(product), abs(scaled(addend, PLACES)) * one);
  const told = (scaled(into.high, PLACES) + scaled(into.low, PLACES)) * one;
  return abs(told - exact) << 48n <= size;
}

const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const moderate = fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 });

describe("the exact value of a sum of products", () => {
  it("is right to 2^-48 of the sum of magnitudes, regardless of the exponents", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(float, float), { minLength: 1, maxLength: 60 }), float, (pairs, addend) =>
        isClose(
          pairs.map(([a]) => a),
          pairs.map(([, b]) => b),
          addend,
        ),
      ),
      { numRuns: 500 },
    );
  });

  it("is right where products cancel", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(moderate, moderate), { minLength: 2, maxLength: 200 }), moderate, (pairs, rest) => {
        const left = [...pairs.map(([a]) => a), ...pairs.map(([a]) => -a), rest];
        const right = [...pairs.map(([, b]) => b), ...pairs.map(([, b]) => b), Math.fround(2 ** -20)];
        return isClose(left, right, 0);
      }),
      { numRuns: 300 },
    );
  });

  it("would be wrong in plain doubles", () => {
    const left = [1, 2 ** -60, -1];
    const right = [1, 1, 1];
    expect(isClose(left, right, 0)).toBe(true);
    const into = newExact();
    measureExactly(into, Float64Array.from(left), Float64Array.from(right), 3, {
      alpha: 1,
      beta: 1,
      addend: 0,
      doubles: false,
      subnormalsBelow: 0,
    });
    expect(into.high).toBe(2 ** -60);
  });

  it("splits the products of doubles", () => {
    const into = newExact();
    const a = 1 + 2 ** -40;
    const list = (...numbers: number[]): Float64Array => Float64Array.from(numbers);
    measureExactly(into, list(a, -1), list(a, 1 + 2 ** -39), 2, {
      alpha: 1,
      beta: 1,
      addend: 0,
      doubles: true,
      subnormalsBelow: 0,
    });
    expect(into.high).toBe(2 ** -80);
  });
});
