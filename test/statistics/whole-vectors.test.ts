import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collectStatistics } from "#core/statistics/collect.ts";
import { klDivergence } from "#core/statistics/divergence.ts";
import type { OutputStatistics } from "#core/statistics/result.ts";
import { softmax } from "#core/tensors/softmax.ts";
import { divide, minus, rational, sumOf, times, toNumber } from "./exact-definitions.ts";
import { float32, someFloats } from "./tensors.ts";

function statisticsOf(rows: readonly (readonly [number[], number[]])[], classes: number | null): OutputStatistics {
  const statistics = collectStatistics({ classes });
  for (const [index, [reference, other]] of rows.entries()) {
    statistics.add(String(index), float32(...reference), float32(...other));
  }
  return statistics.result()!;
}

/** Two float32 vectors of one length. */
const vectors = fc.tuple(someFloats, someFloats).map(([left, right]) => {
  const length = Math.min(left.length, right.length);
  return [left.slice(0, length).map(Math.fround), right.slice(0, length).map(Math.fround)] as const;
});

const power = (values: readonly number[]): ReturnType<typeof rational> =>
  sumOf(values.map((value) => times(rational(value), rational(value))));

test("cosine similarity, PSNR and SNR are those of the definition in exact arithmetic", () => {
  fc.assert(
    fc.property(vectors, ([a, b]) => {
      const { cosineSimilarity, psnr, snr } = statisticsOf([[a, b]], null);
      const dot = toNumber(sumOf(a.map((value, index) => times(rational(value), rational(b[index]!)))));
      const [left, right] = [toNumber(power(a)), toNumber(power(b))];
      if (left === 0 || right === 0) expect(cosineSimilarity).toBeNull();
      else expect(Math.abs(cosineSimilarity! - dot / Math.sqrt(left) / Math.sqrt(right))).toBeLessThanOrEqual(1e-15);

      const differences = a.map((value, index) => minus(rational(value), rational(b[index]!)));
      const noise = sumOf(differences.map((difference) => times(difference, difference)));
      const range = Math.max(...a) - Math.min(...a);
      if (toNumber(noise) === 0) expect([psnr, snr]).toEqual([null, null]);
      else {
        if (range === 0) expect(psnr).toBeNull();
        else expect(psnr).toBeCloseTo(10 * Math.log10(range ** 2 / toNumber(divide(noise, a.length))), 9);
        if (left === 0) expect(snr).toBeNull();
        else expect(snr).toBeCloseTo(10 * Math.log10(left / toNumber(noise)), 9);
      }
    }),
  );
});

test("a vector has cosine 1 with itself and -1 with its negative, exactly", () => {
  fc.assert(
    fc.property(someFloats, (values) => {
      const a = values.map(Math.fround);
      fc.pre(a.some((value) => value !== 0));
      expect(statisticsOf([[a, a]], null).cosineSimilarity).toBe(1);
      expect(statisticsOf([[a, a.map((value) => -value)]], null).cosineSimilarity).toBe(-1);
    }),
  );
});

test("PSNR by hand: range 4, mean square 1", () => {
  expect(
    statisticsOf(
      [
        [
          [-1, 3],
          [0, 2],
        ],
      ],
      null,
    ).psnr,
  ).toBeCloseTo(12.0412, 4);
});

describe("top-k agreement", () => {
  /** By sorting, the other way round from the code. */
  function naive(rows: readonly (readonly [readonly number[], readonly number[]])[], k: number): number {
    const order = (values: readonly number[]): string =>
      values.some(Number.isNaN)
        ? "NaN"
        : values
            .map((_, index) => index)
            .toSorted((left, right) =>
              values[right]! > values[left]! ? 1 : values[right]! < values[left]! ? -1 : left - right,
            )
            .slice(0, k)
            .join();
    return rows.filter(([a, b]) => order(a) === order(b)).length / rows.length;
  }

  const logit = fc.oneof(fc.constantFrom(0, -0, 1, 2, NaN, Infinity, -Infinity), fc.integer({ min: -3, max: 3 }));
  const vector = (classes: number): fc.Arbitrary<number[]> =>
    fc.array(logit, { minLength: classes, maxLength: classes });

  test("is the share of inputs with the same k largest in the same order", () => {
    const rows = fc
      .integer({ min: 1, max: 8 })
      .chain((classes) => fc.array(fc.tuple(vector(classes), vector(classes)), { minLength: 1, maxLength: 10 }));
    fc.assert(
      fc.property(rows, (pairs) => {
        const { topK } = statisticsOf(pairs, pairs[0]![0].length);
        expect(topK).toEqual(
          [1, 3, 5].filter((k) => k <= pairs[0]![0].length).map((k) => ({ k, agreement: naive(pairs, k) })),
        );
      }),
      { numRuns: 500 },
    );
  });

  test("each row of a batch is a decision of its own", () => {
    expect(
      statisticsOf(
        [
          [
            [1, 2, 3, 4],
            [1, 2, 4, 3],
          ],
        ],
        2,
      ).topK,
    ).toEqual([{ k: 1, agreement: 0.5 }]);
  });

  test("there is none where the output is not a vector of classes", () => {
    expect(
      statisticsOf(
        [
          [
            [1, 2],
            [1, 2],
          ],
        ],
        null,
      ),
    ).toMatchObject({ topK: [], klDivergence: null });
  });
});

describe("KL divergence", () => {
  const logits = fc
    .array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 12 })
    .map((values) => Float64Array.from(values));

  test("is sum p ln(p / q) of the softmaxes, and never negative", () => {
    fc.assert(
      fc.property(logits, logits, (left, right) => {
        const length = Math.min(left.length, right.length);
        const [a, b] = [left.slice(0, length), right.slice(0, length)];
        const [p, q] = [softmax(a), softmax(b)];
        const naive = p.reduce((sum, share, index) => sum + share * Math.log(share / q[index]!), 0);
        const actual = klDivergence(a, b)!;
        expect(Math.abs(actual - naive)).toBeLessThanOrEqual(1e-13 * Math.max(1, naive));
        expect(actual).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test("of nearly equal logits keeps its digits, where the definition gives noise", () => {
    // For small changes it is half the variance of the changes under p.
    const a = Float64Array.of(1, 2, 3);
    const change = [1e-9, -2e-9, 1e-9];
    const b = a.map((value, index) => value + change[index]!);
    const p = softmax(a);
    const exact = b.map((value, index) => value - a[index]!);
    const mean = p.reduce((sum, share, index) => sum + share * exact[index]!, 0);
    const variance = p.reduce((sum, share, index) => sum + share * (exact[index]! - mean) ** 2, 0);
    expect(klDivergence(a, b)! / (variance / 2)).toBeCloseTo(1, 7);
  });

  test("adding one number to all logits changes nothing", () => {
    expect(klDivergence(Float64Array.of(1, 2, 3), Float64Array.of(65, 66, 67))).toBe(0);
  });

  test("stays finite where a probability underflows, and exact where all of it moves", () => {
    // p is all on the first class, q all on the second: ln(p / q) = 2000 on the first.
    expect(klDivergence(Float64Array.of(1000, -1000), Float64Array.of(-1000, 1000))).toBeCloseTo(2000, 9);
  });

  test("inputs with logits that are not finite have none; the others' mean stands", () => {
    expect(klDivergence(Float64Array.of(1, NaN), Float64Array.of(1, 2))).toBeNull();
    const one = klDivergence(Float64Array.of(0, 1), Float64Array.of(1, 0))!;
    const rows = [
      [
        [0, 1],
        [1, 0],
      ],
      [
        [0, 1],
        [0, Infinity],
      ],
      [
        [0, 1],
        [0, 1],
      ],
    ] as const;
    expect(
      statisticsOf(
        rows.map(([a, b]) => [[...a], [...b]]),
        2,
      ).klDivergence,
    ).toBe(one / 2);
  });
});
