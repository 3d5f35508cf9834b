import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inTurns } from "../bench/speed/in-turns.ts";
import { parseOptions } from "../bench/speed/options.ts";
import { pairedDifference, pairedRatio, quantile, spreadOf } from "../bench/speed/spread.ts";

/** What the benchmark says of its samples must itself be right. */

const samples = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });

describe("a quantile", () => {
  test("is a sample, with at least that share of all at or below it and no smaller sample like that", () => {
    fc.assert(
      fc.property(samples, fc.constantFrom(0.25, 0.9, 0.99, 1), (taken, share) => {
        const found = quantile(taken, share);
        const atMost = (bound: number): number => taken.filter((each) => each <= bound).length / taken.length;
        expect(taken).toContain(found);
        expect(atMost(found)).toBeGreaterThanOrEqual(share);
        for (const smaller of taken.filter((each) => each < found)) expect(atMost(smaller)).toBeLessThan(share);
      }),
    );
  });

  test("as a median lies in the middle, between two where their number is even", () => {
    expect(quantile([9, 1, 5], 0.5)).toBe(5);
    expect(quantile([9, 1, 5, 6], 0.5)).toBe(5.5);
  });

  test("of nothing is refused", () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
    expect(() => spreadOf([])).toThrow("no samples");
  });
});

describe("a ratio", () => {
  test("is measured within one turn, so that a slower machine affects both equally", () => {
    fc.assert(
      fc.property(samples, fc.double({ min: 0.5, max: 20, noNaN: true }), (taken, factor) => {
        const ratio = pairedRatio(
          taken.map((each) => each * factor),
          taken,
        );
        expect(ratio.lowest).toBeCloseTo(factor, 9);
        expect(ratio.highest).toBeCloseTo(factor, 9);
      }),
    );
  });

  test("and a difference keep the turns apart", () => {
    expect(pairedRatio([10, 30], [5, 10])).toEqual({ median: 2.5, lowest: 2, highest: 3, samples: 2 });
    expect(pairedDifference([10, 30], [5, 10])).toEqual({ median: 12.5, lowest: 5, highest: 20, samples: 2 });
  });

  test("of turns that do not match is refused", () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow("2 samples cannot be paired with 1");
  });
});

test("turns alternate: A B A B", async () => {
  const order: string[] = [];
  const taker = (name: string) => async () => order.push(name);
  expect(await inTurns(3, { A: taker("A"), B: taker("B") })).toEqual({ A: [1, 3, 5], B: [2, 4, 6] });
  expect(order).toEqual(["A", "B", "A", "B", "A", "B"]);
});

describe("the options", () => {
  const parts = ["latency", "sweep", "sizes"];

  test("name parts, in the parts' own order", () => {
    expect(parseOptions(["--only", "sizes,latency"], parts).only).toEqual(["latency", "sizes"]);
    expect(parseOptions([], parts).only).toEqual(parts);
  });

  test("that name no part are refused with the parts there are", () => {
    expect(() => parseOptions(["--only", "speed"], parts)).toThrow("the parts are latency, sweep, sizes");
  });

  test("cannot ask for a quick and a full run at once", () => {
    expect(() => parseOptions(["--quick", "--full"], parts)).toThrow("exclude each other");
  });
});
