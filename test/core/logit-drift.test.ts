import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareLogits } from "#core/verdicts/logit-drift.ts";
import type { LogitDrift } from "#core/verdicts/verdict.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { anyBits, BITS, finiteBits, floatsWithBits } from "./float-bits.ts";

const arrayPair = (bits: fc.Arbitrary<number>) =>
  fc.array(fc.tuple(bits, bits), { minLength: 1, maxLength: 20 }).map((pairs) => ({
    left: floatsWithBits(pairs.map(([left]) => left)),
    right: floatsWithBits(pairs.map(([, right]) => right)),
  }));

/** Two arrays of which most elements are equal or close, as two backends give them. */
const closePair = fc
  .array(fc.tuple(finiteBits, fc.integer({ min: -3, max: 3 })), { minLength: 1, maxLength: 20 })
  .map((pairs) => ({
    left: floatsWithBits(pairs.map(([bits]) => bits)),
    right: floatsWithBits(pairs.map(([bits, steps]) => Math.min(0xffff_ffff, Math.max(0, bits + steps)))),
  }));

const WIDEST: Tolerance = { abs: Number.MAX_VALUE, rel: Number.MAX_VALUE, ulp: 2 ** 31 - 1 };

function compareBits(left: number, right: number, tolerance: Tolerance | null = null): LogitDrift {
  return compareLogits(floatsWithBits([left]), floatsWithBits([right]), tolerance);
}

function labelsMatch(left: number[], right: number[]): boolean | null {
  return compareLogits(Float32Array.from(left), Float32Array.from(right), null).labelsMatch;
}

describe("comparing logits bit by bit", () => {
  it("calls an array identical to itself, with any content", () => {
    fc.assert(
      fc.property(fc.array(anyBits, { minLength: 1 }), (bits) => {
        const drift = compareLogits(floatsWithBits(bits), floatsWithBits(bits), null);
        expect(drift).toMatchObject({ verdict: "IDENTICAL", labelsMatch: true, differingElements: 0 });
        expect([0, null]).toContain(drift.maxAbs);
        expect([0, null]).toContain(drift.maxUlp);
      }),
    );
  });

  it("is DRIFT without a tolerance exactly where some bit differs", () => {
    fc.assert(
      fc.property(fc.oneof(arrayPair(anyBits), closePair), ({ left, right }) => {
        const differing = new Uint32Array(left.buffer).filter(
          (bits, index) => bits !== new Uint32Array(right.buffer)[index],
        ).length;
        const drift = compareLogits(left, right, null);
        expect(drift.differingElements).toBe(differing);
        expect(drift.verdict).toBe(differing === 0 ? "IDENTICAL" : "DRIFT");
        expect(compareLogits(left, right, {}).verdict).toBe(drift.verdict);
        expect(compareLogits(left, right, { abs: null, rel: null, ulp: null }).verdict).toBe(drift.verdict);
      }),
    );
  });

  it("gives the same counts and metrics either way round", () => {
    fc.assert(
      fc.property(fc.oneof(arrayPair(anyBits), closePair), ({ left, right }) => {
        expect(compareLogits(left, right, null)).toEqual(compareLogits(right, left, null));
      }),
    );
  });

  it("bounds the mean by the largest and the largest by l2", () => {
    fc.assert(
      fc.property(arrayPair(finiteBits), ({ left, right }) => {
        const { maxAbs, meanAbs, l2 } = compareLogits(left, right, null);
        expect(meanAbs).toBeLessThanOrEqual(maxAbs! * (1 + 1e-14));
        // The squares of the smallest differences lie far below, never under, a double's range.
        expect(l2).toBeGreaterThanOrEqual(maxAbs! * (1 - 1e-14));
        expect(l2).toBeLessThanOrEqual(maxAbs! * Math.sqrt(left.length) * (1 + 1e-14));
      }),
    );
  });

  it("counts in double precision what it was given", () => {
    const drift = compareLogits(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 2.5, 3, 1), null);
    expect(drift).toEqual({
      verdict: "DRIFT",
      quantity: "LOGITS",
      precision: "BITS",
      labelsMatch: false,
      differingElements: 2,
      nonFiniteElements: 0,
      maxAbs: 3,
      meanAbs: 3.5 / 4,
      l2: Math.sqrt(9.25),
      maxUlp: 2 ** 24,
    });
  });

  it("refuses to compare arrays of different lengths", () => {
    expect(() => compareLogits(new Float32Array(9), new Float32Array(10), null)).toThrow("10 elements");
  });
});

describe("-0, NaN and infinity", () => {
  it("sees -0 and +0 as different bits at distance 0", () => {
    const drift = compareBits(BITS.zero, BITS.minusZero);
    expect(drift).toMatchObject({ verdict: "DRIFT", differingElements: 1, maxAbs: 0, maxUlp: 0, labelsMatch: true });
    expect(compareBits(BITS.zero, BITS.minusZero, { ulp: 0 }).verdict).toBe("WITHIN_TOLERANCE");
  });

  it("sees different NaN payloads as different, and equal ones as identical", () => {
    expect(compareBits(BITS.nan, BITS.nanWithPayload)).toMatchObject({ verdict: "DRIFT", differingElements: 1 });
    expect(compareBits(BITS.signallingNan, BITS.signallingNan).verdict).toBe("IDENTICAL");
  });

  it("never lets a NaN or an infinite difference pass, however wide the tolerance", () => {
    const nonFinite = [BITS.nan, BITS.nanWithPayload, BITS.infinity, BITS.minusInfinity];
    fc.assert(
      fc.property(fc.constantFrom(...nonFinite), anyBits, (odd, bits) => {
        fc.pre(odd !== bits);
        expect(compareBits(odd, bits, WIDEST)).toMatchObject({ verdict: "DRIFT", nonFiniteElements: 1 });
        expect(compareBits(bits, odd, WIDEST)).toMatchObject({ verdict: "DRIFT", nonFiniteElements: 1 });
      }),
    );
    expect(compareBits(BITS.largest, BITS.infinity, { ulp: 1 }).verdict).toBe("DRIFT");
  });

  it("takes metrics over the finite elements and leaves maxUlp empty", () => {
    const drift = compareLogits(Float32Array.of(1, NaN, 3), Float32Array.of(2, 5, 3), null);
    expect(drift).toMatchObject({ differingElements: 2, nonFiniteElements: 1, maxAbs: 1, meanAbs: 0.5, l2: 1 });
    expect(drift.maxUlp).toBeNull();
  });

  it("leaves every metric empty where nothing is finite", () => {
    expect(compareBits(BITS.nan, BITS.one)).toMatchObject({ maxAbs: null, meanAbs: null, l2: null, maxUlp: null });
  });

  it("matches the labels of two answers only where the NaNs are on both sides or on none", () => {
    expect(labelsMatch([1, NaN], [NaN, 1])).toBe(true);
    expect(labelsMatch([1, NaN], [1, 0])).toBe(false);
    expect(labelsMatch([2, 2], [2, 1])).toBe(true);
    expect(labelsMatch([1, 2], [2, 1])).toBe(false);
  });
});

function verdictBesideEight(other: number, tolerance: Tolerance): string {
  return compareLogits(Float32Array.of(8), Float32Array.of(other), tolerance).verdict;
}

describe("tolerances", () => {
  it("pass an element at their bound and not one step beyond it", () => {
    expect(verdictBesideEight(8.5, { abs: 0.5 })).toBe("WITHIN_TOLERANCE");
    expect(verdictBesideEight(8.500001, { abs: 0.5 })).toBe("DRIFT");
    expect(verdictBesideEight(8.5, { rel: 0.0625 })).toBe("WITHIN_TOLERANCE");
    expect(verdictBesideEight(8.500001, { rel: 0.0625 })).toBe("DRIFT");
    expect(compareBits(BITS.one, BITS.one + 4, { ulp: 4 }).verdict).toBe("WITHIN_TOLERANCE");
    expect(compareBits(BITS.one, BITS.one + 5, { ulp: 4 }).verdict).toBe("DRIFT");
  });

  it("measure rel by the reference, so that the two directions differ", () => {
    const [small, large] = [Float32Array.of(-4), Float32Array.of(-8)];
    expect(compareLogits(large, small, { rel: 0.5 }).verdict).toBe("WITHIN_TOLERANCE");
    expect(compareLogits(small, large, { rel: 0.5 }).verdict).toBe("DRIFT");
  });

  it("ask each element for only one of their bounds, but all elements for one", () => {
    const reference = Float32Array.of(1000, 0);
    const other = Float32Array.of(1001, 0.001);
    expect(compareLogits(reference, other, { rel: 0.001, abs: 0.001_1 }).verdict).toBe("WITHIN_TOLERANCE");
    expect(compareLogits(reference, other, { rel: 0.001 }).verdict).toBe("DRIFT");
    expect(compareLogits(reference, other, { abs: 0.001_1 }).verdict).toBe("DRIFT");
  });

  it("never make a verdict worse when they widen", () => {
    const bound = fc.option(fc.double({ min: 0, max: 1e30, noNaN: true }));
    fc.assert(
      fc.property(closePair, bound, bound, fc.nat({ max: 5 }), ({ left, right }, abs, rel, ulp) => {
        const narrow = compareLogits(left, right, { abs, rel, ulp });
        const wide = compareLogits(left, right, { abs: (abs ?? 0) * 2, rel: (rel ?? 0) * 2, ulp: ulp + 1 });
        if (narrow.verdict !== "DRIFT") expect(wide.verdict).toBe(narrow.verdict);
        expect({ ...wide, verdict: narrow.verdict }).toEqual(narrow);
      }),
    );
  });

  it("cover the drift they were measured from", () => {
    fc.assert(
      fc.property(closePair, ({ left, right }) => {
        const drift = compareLogits(left, right, null);
        fc.pre(drift.verdict === "DRIFT" && drift.maxUlp !== null);
        expect(compareLogits(left, right, { ulp: drift.maxUlp }).verdict).toBe("WITHIN_TOLERANCE");
        expect(compareLogits(left, right, { abs: drift.maxAbs }).verdict).toBe("WITHIN_TOLERANCE");
      }),
    );
  });
});
