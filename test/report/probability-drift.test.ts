import fc from "fast-check";
import { expect, test } from "vitest";
import { probabilityDrift } from "#cli/report/probability-drift.ts";

const vector = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });

test("three metrics of one example, worked out by hand", () => {
  expect(probabilityDrift([0.5, 0.25, 0.25], [0.25, 0.5, 0.25])).toEqual({
    maxAbs: 0.25,
    meanAbs: 0.5 / 3,
    l2: Math.sqrt(0.125),
  });
});

test("a vector does not drift from itself", () => {
  fc.assert(
    fc.property(vector, (probabilities) => {
      expect(probabilityDrift(probabilities, [...probabilities])).toEqual({ maxAbs: 0, meanAbs: 0, l2: 0 });
    }),
  );
});

test("mean <= max <= l2, and the order does not matter", () => {
  fc.assert(
    fc.property(vector, vector, (left, right) => {
      const length = Math.min(left.length, right.length);
      const [a, b] = [left.slice(0, length), right.slice(0, length)];
      const drift = probabilityDrift(a, b)!;
      expect(probabilityDrift(b, a)).toEqual(drift);
      const margin = 1 + 1e-12;
      expect(drift.meanAbs).toBeLessThanOrEqual(drift.maxAbs * margin);
      // A square may underflow to 0 although the difference does not.
      expect(drift.maxAbs).toBeLessThanOrEqual(drift.l2 * margin + 1e-150);
    }),
  );
});

test("null for a missing vector, another length, or values that are not finite", () => {
  expect(probabilityDrift([], [])).toBeNull();
  expect(probabilityDrift([1], [])).toBeNull();
  expect(probabilityDrift([0.5, 0.5], [1])).toBeNull();
  expect(probabilityDrift([0.5, null], [0.5, 0.5])).toBeNull();
  expect(probabilityDrift([0.5, 0.5], [null, 0.5])).toBeNull();
});
