import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareLogits } from "#core/verdicts/logit-drift.ts";
import { measurePeer } from "#core/verdicts/compare-peer.ts";
import type { GivenAnswer, PeerValues } from "#core/peers/peer.ts";
import { softmaxRounding } from "#core/verdicts/softmax-rounding.ts";
import { softmax } from "#core/tensors/softmax.ts";

/* Softmaxes in float32 as services compute them, against the bound that isobit states for all of them. */

type Sum = (powers: readonly number[]) => number;
const add = (left: number, right: number): number => Math.fround(left + right);
const SUMS: Readonly<Record<string, Sum>> = {
  "in order": (powers) => powers.reduce(add, 0),
  backwards: (powers) => powers.toReversed().reduce(add, 0),
  "smallest first": (powers) => powers.toSorted((left, right) => left - right).reduce(add, 0),
  "largest first": (powers) => powers.toSorted((left, right) => right - left).reduce(add, 0),
  "by halves": function halves(powers): number {
    if (powers.length <= 1) return powers[0] ?? 0;
    const middle = powers.length >> 1;
    return add(halves(powers.slice(0, middle)), halves(powers.slice(middle)));
  },
  "in four lanes": (powers) =>
    [0, 1, 2, 3].map((lane) => powers.filter((_, index) => index % 4 === lane).reduce(add, 0)).reduce(add, 0),
};

/** The float32 that is `steps` (-1, 0 or 1) from the nearest one to e^x: within one unit in the last place. */
function roughExp(x: number, steps: number): number {
  const nearest = Math.fround(Math.exp(x));
  if (x === 0 || nearest === 0 || steps === 0) return nearest;
  const bits = new Uint32Array(Float32Array.of(nearest).buffer);
  bits[0]! += steps;
  const moved = new Float32Array(bits.buffer)[0]!;
  const unit = Math.abs(moved - nearest);
  return Math.abs(moved - Math.exp(x)) <= unit ? moved : nearest;
}

interface Way {
  readonly sum: string;
  readonly shift: boolean;
  readonly steps: readonly number[];
}

function float32Softmax(logits: Float32Array, { sum, shift, steps }: Way): Float32Array {
  const largest = shift ? Math.max(...logits) : 0;
  const powers = Array.from(logits, (logit, index) =>
    roughExp(Math.fround(logit - largest), steps[index % steps.length] ?? 0),
  );
  const total = SUMS[sum]!(powers);
  return Float32Array.from(powers, (power) => power / total);
}

const shares = (maxLength: number) =>
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength, size: "max" });
const logitArrays = fc
  .record({
    spread: fc.constantFrom(0.01, 1, 5, 20, 80),
    // Few classes, where each rounding counts, and many, where there are many of them.
    values: fc.oneof(shares(4), shares(100)),
  })
  .map(({ spread, values }) => Float32Array.from(values, (value) => value * spread));
const ways = fc.record({
  sum: fc.constantFrom(...Object.keys(SUMS)),
  shift: fc.boolean(),
  steps: fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 1, maxLength: 7 }),
});

function given(values: PeerValues): GivenAnswer {
  const quantity = "PROBABILITIES" as const;
  return { ok: true, quantity, values, classIndex: null, latencyMs: null, roundTripMs: 1, note: null };
}
const decimals = (values: Iterable<number>): GivenAnswer =>
  given({ precision: "DECIMAL", numerals: Array.from(values, String) });

describe("the bound of a float32 softmax", () => {
  it("holds for every order of the sum, with or without the shift, regardless of the last bit of exp", () => {
    fc.assert(
      fc.property(logitArrays, ways, (logits, way) => {
        const exact = softmax(logits);
        const bounds = softmaxRounding(logits, exact);
        float32Softmax(logits, way).forEach((probability, index) => {
          expect(Math.abs(probability - exact[index]!)).toBeLessThanOrEqual(bounds[index]!);
        });
      }),
      { numRuns: 3000, endOnFailure: true },
    );
  });

  it("is small: for a sure digit about one unit of roundoff, and never more than a few for ten classes", () => {
    const sure = Float32Array.of(30, 0, 1, -2, 3, 0.5, -1, 2, -3, 1.5);
    expect(Math.max(...softmaxRounding(sure, softmax(sure)))).toBeLessThan(1e-7);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 10, maxLength: 10 }),
        (values) => {
          const logits = Float32Array.from(values);
          expect(Math.max(...softmaxRounding(logits, softmax(logits)))).toBeLessThan(1.2e-6);
        },
      ),
    );
  });

  it("is NaN where the softmax is", () => {
    expect(softmaxRounding(Float32Array.of(NaN, 1), [NaN, NaN])).toEqual([NaN, NaN]);
  });
});

describe("probabilities of a float32 softmax", () => {
  it("differ, and are not drift: all of it is explained, in text and in bits", () => {
    fc.assert(
      fc.property(logitArrays, ways, (logits, way) => {
        const probabilities = float32Softmax(logits, way);
        for (const answer of [decimals(probabilities), given({ precision: "BITS", floats: probabilities })]) {
          const { drift, softmax: part } = measurePeer(logits, answer, null);
          expect(drift.beyond).toBe(0);
          expect(part!.explained).toBe(drift.differing);
        }
      }),
      { numRuns: 500, endOnFailure: true },
    );
  });

  it("of logits that drift are drift: not all of it is explained", () => {
    const logits = Float32Array.of(2, 1, -3, 0.5, -8, 0, 1.5, -1, -2, 3);
    const moved = logits.map((logit, index) => (index === 4 ? logit + 1e-5 : logit));
    expect(compareLogits(logits, moved, null).verdict).toBe("DRIFT");
    const way = { sum: "in order", shift: true, steps: [0] };
    for (const answer of [
      decimals(float32Softmax(moved, way)),
      given({ precision: "BITS", floats: float32Softmax(moved, way) }),
    ]) {
      const { drift, softmax: part } = measurePeer(logits, answer, null);
      expect(drift.beyond).toBe(1);
      expect(part!.explained).toBe(drift.differing - 1);
      expect(measurePeer(logits, answer, { rel: 2e-5 }).drift.beyond).toBe(0);
    }
  });

  it("do not widen a tolerance: a difference counts whole, not without its explained part", () => {
    const logits = Float32Array.of(0, 0);
    const { bound } = measurePeer(logits, decimals([0.5, 0.5]), null).softmax!;
    const answer = decimals([0.5 + 3 * bound, 0.5]);
    expect(measurePeer(logits, answer, { abs: 2.5 * bound }).drift.beyond).toBe(1);
    expect(measurePeer(logits, answer, { abs: 3.5 * bound }).drift.beyond).toBe(0);
  });

  it("are never explained where one is NaN", () => {
    const { drift, softmax: part } = measurePeer(Float32Array.of(NaN, 1), decimals([0.5, 0.5]), { abs: 1 });
    expect([drift.beyond, part]).toEqual([2, { bound: 0, explained: 0 }]);
  });
});
