import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FLOAT_FORMATS, roundTo, stepAt } from "#core/tensors/float-format.ts";
import { erf } from "#core/explain/operators/erf.ts";
import { float16ToNumber } from "#core/tensors/float16.ts";

/** Every float16, in order. */
const HALVES = Array.from({ length: 0x7c00 }, (_, bits) => float16ToNumber(bits));

describe("float16", () => {
  test("rounding goes to the nearest of all float16, ties to the even one", () => {
    fc.assert(
      fc.property(fc.nat(0x7bfe), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (bits, part, negative) => {
        const [below, above] = [HALVES[bits]!, HALVES[bits + 1]!];
        const number = below + part * (above - below);
        const nearer = number - below < above - number ? below : above;
        const expected = number - below === above - number ? (bits % 2 === 0 ? below : above) : nearer;
        expect(roundTo(FLOAT_FORMATS.float16, negative ? -number : number)).toBe(negative ? -expected : expected);
        expect(stepAt(FLOAT_FORMATS.float16, below)).toBe(above - below);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    [65519.99, 65504],
    [65520, Infinity],
    [2 ** -25, 0],
    [-(2 ** -25) * 1.01, -(2 ** -24)],
    [-0, -0],
    [Infinity, Infinity],
    [NaN, NaN],
  ])("%d becomes %d", (number, expected) => expect(roundTo(FLOAT_FORMATS.float16, number)).toBe(expected));
});

test("float32 rounds as the language does, bfloat16 to its upper half", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (number) => {
      expect(roundTo(FLOAT_FORMATS.float32, number)).toBe(Math.fround(number));
      const rounded = roundTo(FLOAT_FORMATS.bfloat16, number);
      const [word = 0] = new Uint32Array(Float32Array.of(rounded).buffer);
      expect(word & 0xffff).toBe(0);
      if (Number.isFinite(rounded))
        expect(Math.abs(rounded - number)).toBeLessThanOrEqual(stepAt(FLOAT_FORMATS.bfloat16, number) / 2);
    }),
    { numRuns: 2000 },
  );
});

// Abramowitz and Stegun, table 7.1.
test.each([
  [0, 0],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [-2, -0.9953222650189527],
  [3.5, 0.9999992569016276],
  [7, 1],
])("erf(%d)", (x, expected) => expect(erf(x)).toBeCloseTo(expected, 14));
