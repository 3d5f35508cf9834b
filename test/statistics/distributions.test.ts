import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collectStatistics } from "#core/statistics/collect.ts";
import { KEPT_DIFFERENCES } from "#core/statistics/limits.ts";
import { Order } from "#core/statistics/order.ts";
import type { OutputStatistics } from "#core/statistics/result.ts";
import { Spread } from "#core/statistics/spread.ts";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { divide, minus, rational, sumOf, times, toNumber } from "./exact-definitions.ts";
import { anyTensor, float32, float64, int64, someFloats } from "./tensors.ts";

function statisticsOf(reference: TensorValue, other: TensorValue): OutputStatistics {
  const statistics = collectStatistics({ classes: null });
  statistics.add("7", reference, other);
  return statistics.result()!;
}

function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(numbersIn) : [];
}

/** Relative to the larger; two zeros are close. */
function expectClose(actual: number | undefined, expected: number, share = 1e-14): void {
  expect(Math.abs(actual! - expected)).toBeLessThanOrEqual(share * Math.max(Math.abs(expected), 1e-300));
}

/** A square below 2 ** -1074 is nothing to a double, and a few are rounded to it: what their root may lose of a deviation. */
const LOST_OF_SQUARES = 2 ** -536;

test("mean and standard deviation are the exact ones, rounded", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 }), (values) => {
      const spread = new Spread();
      for (const value of values) spread.add(value);
      const all = values.map(rational);
      const mean = divide(sumOf(all), values.length);
      const distances = all.map((value) => minus(value, mean));
      const variance = divide(sumOf(distances.map((distance) => times(distance, distance))), values.length);
      expectClose(spread.result()?.mean, toNumber(mean), 4e-16);
      const deviation = Math.sqrt(toNumber(variance));
      const error = Math.abs(spread.result()!.std - deviation);
      expect(error).toBeLessThanOrEqual(1e-12 * (deviation + toNumber(mean)) + LOST_OF_SQUARES);
    }),
    { examples: [[[1.37470036565892e-161, 0, 0]]] },
  );
});

test("a mean keeps digits that a plain sum loses", () => {
  const spread = new Spread();
  spread.add(1);
  for (let index = 0; index < 1_000_000; index++) spread.add(2 ** -54);
  expect(spread.result()?.mean).toBe((1 + 1_000_000 * 2 ** -54) / 1_000_001);
});

describe("quantiles", () => {
  /** Type 7, as its definition reads. */
  function naive(values: readonly number[], q: number): number {
    const sorted = values.toSorted((left, right) => left - right);
    const rank = (sorted.length - 1) * q;
    const [low, high] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!];
    return low + (rank - Math.floor(rank)) * (high - low);
  }

  const values = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 300 });

  test("are exact while every difference is kept, with any requests in between", () => {
    fc.assert(
      fc.property(values, values, fc.double({ min: 0, max: 1, noNaN: true }), (first, second, q) => {
        const order = new Order();
        for (const value of first) order.add(value);
        expect(order.quantile(q)).toBe(naive(first, q));
        for (const value of second) order.add(value);
        expect(order.quantile(q)).toBe(naive([...first, ...second], q));
        expect(order.error).toBe(0);
      }),
    );
  });

  test("of known numbers, as NumPy gives them", () => {
    const order = new Order();
    for (const value of [4, 1, 3, 2]) order.add(value);
    expect([0, 0.25, 0.5, 0.9, 1].map((q) => order.quantile(q))).toEqual([1, 1.75, 2.5, 3.7, 4]);
  });

  test("beyond the bound are off by no more than they say, and memory stays as it is", () => {
    const order = new Order();
    const all: number[] = [];
    let seed = 1;
    for (let index = 0; index < 2 * KEPT_DIFFERENCES; index++) {
      seed = (seed * 48_271) % 2_147_483_647;
      // From 2^-60 to 2^60, every tenth exactly 0.
      const value = index % 10 === 0 ? 0 : 2 ** ((seed / 2_147_483_647) * 120 - 60);
      all.push(value);
      order.add(value);
    }
    expect(order.error).toBe(2 ** -8);
    for (const q of [0, 0.05, 0.2, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = naive(all, q);
      expect(Math.abs(order.quantile(q) - exact)).toBeLessThanOrEqual(order.error * exact);
    }
  });

  test("of many whole numbers are whole, and to 255 the numbers themselves", () => {
    const order = new Order({ whole: true });
    for (let index = 0; index < 2 * KEPT_DIFFERENCES; index++) order.add(index % 256);
    for (let number = 0; number < 256; number++) expect(order.quantile((number + 0.5) / 256)).toBe(number);
    const large = new Order({ whole: true });
    for (let index = 0; index < 2 * KEPT_DIFFERENCES; index++) large.add(index);
    const [exact, found] = [KEPT_DIFFERENCES, large.quantile(0.5)];
    expect(Math.abs(found - exact)).toBeLessThanOrEqual(large.error * exact);
  });

  test("never exceed the largest difference", () => {
    const spread = new Spread();
    for (let index = 0; index <= KEPT_DIFFERENCES; index++) spread.add(1);
    expect(spread.result()).toMatchObject({ max: 1, mean: 1, std: 0, median: 1 });
    expect(spread.result()?.quantiles.map(({ value }) => value)).toEqual([1, 1, 1, 1]);
  });

  test("of nothing are refused", () => {
    expect(() => new Order().quantile(0.5)).toThrow(RangeError);
    expect(new Spread().result()).toBeNull();
  });
});

describe("differences", () => {
  test("absolute and relative ones are those of the definition", () => {
    fc.assert(
      fc.property(someFloats, someFloats, (left, right) => {
        const length = Math.min(left.length, right.length);
        const [a, b] = [left.slice(0, length).map(Math.fround), right.slice(0, length).map(Math.fround)];
        const { abs, rel, zeroReferenceElements, worst } = statisticsOf(float32(...a), float32(...b));
        const distances = a.map((value, index) => Math.abs(value - b[index]!));
        expect(abs?.max).toBe(Math.max(...distances));
        const shares = a.flatMap((value, index) =>
          value === 0 ? (b[index] === 0 ? [0] : []) : [distances[index]! / Math.abs(value)],
        );
        expect(zeroReferenceElements).toBe(length - shares.length);
        expect(rel?.max ?? null).toBe(shares.length === 0 ? null : Math.max(...shares));
        if (abs!.max === 0) expect(worst).toBeNull();
        else expect(Math.abs(worst!.reference - worst!.other)).toBe(abs!.max);
      }),
    );
  });

  test("elements that are not finite are counted and left out of every figure", () => {
    const statistics = statisticsOf(float32(1, NaN, Infinity, 2, -Infinity), float32(1, 5, 5, NaN, 4));
    expect(statistics).toMatchObject({ elements: 5, finiteElements: 1, worst: null, cosineSimilarity: 1 });
    expect(statistics.abs).toMatchObject({ max: 0, mean: 0, std: 0, median: 0 });
    expect(statistics.referenceValues).toEqual({ min: 1, max: 2, mean: 1.5, std: 0.5, meanMagnitude: 1.5 });
    expect(statistics.otherValues).toMatchObject({ min: 1, max: 5 });
  });

  test("with nothing finite there is no figure", () => {
    expect(statisticsOf(float32(NaN), float32(1))).toMatchObject({
      elements: 1,
      finiteElements: 0,
      abs: null,
      rel: null,
      ulp: null,
      cosineSimilarity: null,
      psnr: null,
      snr: null,
      ulpHistogram: [],
    });
    expect(collectStatistics({ classes: null }).result()).toBeNull();
  });

  test("where doubles cannot hold a figure it is null, never an infinity", () => {
    const huge = statisticsOf(float64(Number.MAX_VALUE, 1), float64(-Number.MAX_VALUE, 1));
    expect(huge.abs).toBeNull();
    expect(numbersIn(huge).filter((number) => !Number.isFinite(number))).toEqual([]);
  });

  test("int64 beyond 2^53 are distinguished, though no double holds them", () => {
    const { abs, ulp, worst } = statisticsOf(int64(2n ** 60n, 5n), int64(2n ** 60n + 1n, 5n));
    expect([abs?.max, ulp?.max]).toEqual([1, 1]);
    expect(worst?.element).toBe(0);
  });

  test("tensors of other types or lengths are refused", () => {
    expect(() => statisticsOf(float32(1), float32(1, 2))).toThrow("2 float32 elements cannot be compared with 1");
    expect(() => statisticsOf(float32(1), float64(1))).toThrow(RangeError);
  });

  test("any bits of any type give figures that JSON can carry", () => {
    const types = ["float32", "float64", "float16", "bfloat16", "int8", "uint16", "int64", "uint64", "bool"] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...types).chain((type) => fc.tuple(anyTensor(type, 8), anyTensor(type, 8))),
        ([reference, other]) => {
          const statistics = statisticsOf(reference, other);
          expect(numbersIn(statistics).filter((number) => !Number.isFinite(number))).toEqual([]);
          expect(statistics.ulpHistogram.reduce((sum, { elements }) => sum + elements, 0)).toBe(
            statistics.finiteElements,
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});
