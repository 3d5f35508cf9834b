import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expOfSum } from "#core/tensors/exp.ts";
import { argmax, softmax } from "#core/tensors/softmax.ts";
import { errorInUlp, exactExp, exactSoftmax, toFixed } from "./exact-softmax.ts";
import { anyBits, finiteBits, floatsWithBits } from "./float-bits.ts";

/** The bound that softmax documents. */
const MOST_ULP = 5;

const realisticLogit = fc.float({ min: -50, max: 50, noNaN: true });
const farLogit = fc.float({ min: -800, max: 800, noNaN: true });
/** softmax of the ten logits below, as first computed; the test above says how near they are to the truth. */
const PINNED = [
  0.000032134400283617925, 0.0004326491479752132, 0.551240855114527, 0.007863028497550382, 1.6631335624631972e-21,
  0.0003914771765337195, 0.378861929751782, 0.000184920705863947, 0.00289264652959396, 0.05810035867589015,
];
const anyFiniteLogits = fc.array(finiteBits, { minLength: 1, maxLength: 12 }).map(floatsWithBits);

describe("the exponential", () => {
  it("is within 1 ULP of the true value", () => {
    fc.assert(
      fc.property(fc.double({ min: -708, max: 0, noNaN: true }), (x) => {
        expect(errorInUlp(expOfSum(x, 0), exactExp(toFixed(x)))).toBeLessThan(1);
      }),
      { numRuns: 500 },
    );
  });

  it("includes a low part", () => {
    const low = 2 ** -47;
    expect(errorInUlp(expOfSum(-100, low), exactExp(toFixed(-100) + toFixed(low)))).toBeLessThan(1);
    expect(expOfSum(-100, low)).not.toBe(expOfSum(-100, 0));
  });

  it.each([
    0, -1e-300, -1e-20, -0.34657359027997264, -0.3465735902799727, -1, -745.1332191019411, -745.2, -746, -1e300,
  ])("is right at the edge %d", (x) => {
    const exact = x < -1_000 ? 0n : exactExp(toFixed(x));
    // Below the normal range the result is rounded a second time, to the coarse grid there.
    expect(errorInUlp(expOfSum(x, 0), exact)).toBeLessThan(1);
  });
});

describe("softmax", () => {
  it.each([
    ["realistic", realisticLogit],
    ["far apart", farLogit],
  ])("of %s logits lies within a few ULP of the true probabilities", (_, logit) => {
    fc.assert(
      fc.property(fc.array(logit, { minLength: 1, maxLength: 12 }), (values) => {
        const logits = Float32Array.from(values);
        const exact = exactSoftmax(logits);
        for (const [index, probability] of softmax(logits).entries()) {
          expect(errorInUlp(probability, exact[index]!)).toBeLessThan(MOST_ULP);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("does not lose what a double cannot hold of the difference between two logits", () => {
    const logits = Float32Array.of(700, 1.2345e-13, -3e-14);
    const exact = exactSoftmax(logits);
    for (const [index, probability] of softmax(logits).entries()) {
      expect(errorInUlp(probability, exact[index]!)).toBeLessThan(MOST_ULP);
    }
  });

  it("gives probabilities that add up to 1, in the order of the logits", () => {
    fc.assert(
      fc.property(anyFiniteLogits, (logits) => {
        const probabilities = softmax(logits);
        expect(Math.abs(probabilities.reduce((sum, each) => sum + each, 0) - 1)).toBeLessThan(1e-14);
        for (const [index, probability] of probabilities.entries()) {
          for (const [other, logit] of logits.entries()) {
            if (logits[index]! > logit) expect(probability).toBeGreaterThanOrEqual(probabilities[other]!);
            if (logits[index] === logit) expect(probability).toBe(probabilities[other]);
          }
        }
      }),
    );
  });

  it("does not change by a bit when all logits move by the same amount", () => {
    const whole = fc.integer({ min: -1_000, max: 1_000 });
    fc.assert(
      fc.property(fc.array(whole, { minLength: 1, maxLength: 12 }), whole, (values, shift) => {
        // Whole numbers: the shifted logits are float32 values too.
        expect(softmax(Float32Array.from(values, (value) => value + shift))).toEqual(
          softmax(Float32Array.from(values)),
        );
      }),
    );
  });

  it("shares evenly between equal logits, however large", () => {
    expect(softmax(Float32Array.of(3e38, 3e38, -3e38))).toEqual([0.5, 0.5, 0]);
    expect(softmax(Float32Array.of(0, -0))).toEqual([0.5, 0.5]);
  });

  it.each([
    ["a NaN", [1, NaN, 3]],
    ["a +infinity", [1, Infinity, 3]],
    ["a +infinity and a NaN", [NaN, Infinity]],
    ["nothing but -infinity", [-Infinity, -Infinity]],
  ])("has no value for %s", (_, values) => {
    expect(softmax(Float32Array.from(values))).toEqual(values.map(() => NaN));
  });

  it("gives a -infinity probability 0 next to finite logits", () => {
    expect(softmax(Float32Array.of(-Infinity, 0, 0))).toEqual([0, 0.5, 0.5]);
  });

  it("of no logits is empty", () => {
    expect(softmax(new Float32Array(0))).toEqual([]);
  });

  it("gives these very bits: a change of its arithmetic shows here", () => {
    const probabilities = softmax(Float32Array.of(-2.5, 0.1, 7.25, 3, -40, 1e-7, 6.875, -0.75, 2, 5));
    expect(probabilities).toEqual(PINNED);
  });

  it("uses nothing of Math whose last bit an engine may choose", () => {
    const sources = ["softmax.ts", "exp.ts"].map((file) =>
      readFileSync(new URL(`../../core/tensors/${file}`, import.meta.url), "utf8"),
    );
    const code = sources.join("\n").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    expect(new Set(code.match(/Math\.\w+/g))).toEqual(new Set(["Math.floor", "Math.ceil"]));
    expect(code).not.toContain("**");
  });
});

describe("argmax", () => {
  it("is the first of the largest logits, or -1 with any NaN", () => {
    fc.assert(
      fc.property(fc.array(anyBits, { minLength: 1 }), (bits) => {
        const logits = floatsWithBits(bits);
        const expected = logits.some(Number.isNaN) ? -1 : logits.indexOf(Math.max(...logits));
        expect(argmax(logits)).toBe(expected);
      }),
    );
  });

  it("takes -0 and +0 for equal, and -infinity for a logit", () => {
    expect(argmax(Float32Array.of(-1, -0, 0))).toBe(1);
    expect(argmax(Float32Array.of(-Infinity, -Infinity))).toBe(0);
  });

  it("is -1 where there is nothing", () => {
    expect(argmax(new Float32Array(0))).toBe(-1);
  });
});
