import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fma } from "#core/explain/fma.ts";
import { type Join, type Order, uniformEnds } from "#core/explain/sums/order.ts";
import { evaluate } from "#core/explain/sums/evaluate.ts";
import { roundFactors } from "#core/explain/sums/factors.ts";

/* Each order written out once more, in the plainest way, on Float32Array. */

const numbers = fc.array(
  fc.tuple(fc.float({ noNaN: true, min: -8, max: 8 }), fc.float({ noNaN: true, min: -8, max: 8 })),
  { minLength: 1, maxLength: 70 },
);

function order(terms: number, parts: Partial<Order> = {}): Order {
  return {
    ends: uniformEnds(terms, terms),
    lanes: 1,
    join: "in turn",
    opens: "zero",
    bias: "none",
    scale: "block",
    ...parts,
  };
}

function sum(pairs: readonly (readonly [number, number])[], by: Order, fused = false, addend = 0, alpha = 1): number {
  const left = Float64Array.from(pairs, ([a]) => a);
  const right = Float64Array.from(pairs, ([, b]) => b);
  return evaluate(left, right, by, fused, addend, alpha);
}

const f32 = Math.fround;
const times = ([a, b]: readonly [number, number]): number => f32(f32(a) * f32(b));
const plus = (a: number, b: number): number => f32(a + b);

describe("orders of additions", () => {
  it("adds one after another, in blocks, before or after the bias", () => {
    fc.assert(
      fc.property(
        numbers,
        fc.integer({ min: 1, max: 20 }),
        fc.float({ noNaN: true, min: -9, max: 9 }),
        (pairs, block, bias) => {
          const blocks: number[] = [];
          for (let from = 0; from < pairs.length; from += block) {
            blocks.push(
              pairs
                .slice(from, from + block)
                .map(times)
                .reduce(plus, 0),
            );
          }
          const [first, ...rest] = blocks;
          const ends = uniformEnds(pairs.length, block);
          expect(sum(pairs, order(pairs.length, { ends }))).toBe(rest.reduce(plus, first!));
          expect(sum(pairs, order(pairs.length, { ends, bias: "last" }), false, bias)).toBe(
            plus(rest.reduce(plus, first!), bias),
          );
          expect(sum(pairs, order(pairs.length, { ends, bias: "first" }), false, bias)).toBe(blocks.reduce(plus, bias));
          expect(sum(pairs, order(pairs.length, { bias: "seed" }), false, bias)).toBe(
            pairs.map(times).reduce(plus, bias),
          );
        },
      ),
    );
  });

  it("fuses each product with its addition", () => {
    fc.assert(
      fc.property(numbers, (pairs) => {
        expect(sum(pairs, order(pairs.length), true)).toBe(pairs.reduce((total, [a, b]) => fma(a, b, total), 0));
      }),
    );
  });

  const TREES: Readonly<Record<Join, (lanes: readonly number[]) => number>> = {
    "in turn": (lanes) => lanes.slice(1).reduce(plus, lanes[0]!),
    neighbours: ([a, b, c, d, e, f, g, h]) => plus(plus(plus(a!, b!), plus(c!, d!)), plus(plus(e!, f!), plus(g!, h!))),
    halves: ([a, b, c, d, e, f, g, h]) => plus(plus(plus(a!, e!), plus(c!, g!)), plus(plus(b!, f!), plus(d!, h!))),
    "two halves in turn": ([a, b, c, d, e, f, g, h]) =>
      plus(plus(plus(plus(a!, b!), c!), d!), plus(plus(plus(e!, f!), g!), h!)),
    "even and odd": ([a, b, c, d, e, f, g, h]) =>
      plus(plus(plus(a!, c!), plus(e!, g!)), plus(plus(b!, d!), plus(f!, h!))),
  };

  it.each(Object.entries(TREES))("joins eight lanes %s", (join, tree) => {
    fc.assert(
      fc.property(numbers, (pairs) => {
        const lanes = Array.from({ length: 8 }, (_, lane) =>
          pairs
            .filter((_each, k) => k % 8 === lane)
            .map(times)
            .reduce(plus, 0),
        );
        expect(sum(pairs, order(pairs.length, { lanes: 8, join: join as Join }))).toBe(tree(lanes));
      }),
    );
  });

  it("multiplies alpha into blocks, fused into the addition where there is FMA, or into the whole", () => {
    fc.assert(
      fc.property(
        numbers,
        fc.float({ noNaN: true, min: -4, max: 4 }),
        fc.float({ noNaN: true, min: -9, max: 9 }),
        (pairs, factor, bias) => {
          fc.pre(factor !== 1);
          const ends = uniformEnds(pairs.length, 16);
          const blocks = [...ends].map((end, at) =>
            pairs
              .slice(at * 16, end)
              .map(times)
              .reduce(plus, 0),
          );
          const one = order(pairs.length, { ends, bias: "first" });
          expect(sum(pairs, one, false, bias, factor)).toBe(
            blocks.reduce((total, block) => plus(total, f32(block * factor)), bias),
          );
          const last = order(pairs.length, { ends, bias: "last", scale: "end" });
          const whole = blocks.slice(1).reduce(plus, blocks[0]!);
          expect(sum(pairs, last, false, bias, factor)).toBe(plus(f32(whole * factor), bias));
          const chained = [...ends].map((end, at) =>
            pairs.slice(at * 16, end).reduce((total, [a, b]) => fma(a, b, total), 0),
          );
          expect(sum(pairs, one, true, bias, factor)).toBe(
            chained.reduce((total, block) => fma(block, factor, total), bias),
          );
        },
      ),
    );
  });
});

describe("TF32 factors", () => {
  const rounded = (number: number, rounding: Parameters<typeof roundFactors>[2]): number => {
    const list = Float64Array.of(number);
    roundFactors(list, 1, rounding);
    return list[0]!;
  };

  it("keep 11 significant bits, with ties as documented", () => {
    const step = 2 ** -10;
    expect(rounded(1 + step / 2, "tf32, ties to even")).toBe(1);
    expect(rounded(1 + (3 * step) / 2, "tf32, ties to even")).toBe(1 + 2 * step);
    expect(rounded(1 + step / 2, "tf32, ties away from 0")).toBe(1 + step);
    expect(rounded(-1 - step / 2, "tf32, ties away from 0")).toBe(-1 - step);
    expect(rounded(1 + 0.99 * step, "tf32, truncated")).toBe(1);
    expect(rounded(2 - 2 ** -23, "tf32, ties to even")).toBe(2);
    expect(rounded(Infinity, "tf32, ties to even")).toBe(Infinity);
  });

  it("are the nearest of 11 bits to any number", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: 2 ** -100, max: 2 ** 100 }), (number) => {
        const step = 2 ** (Math.floor(Math.log2(number)) - 10);
        for (const rounding of ["tf32, ties to even", "tf32, ties away from 0"] as const) {
          const result = rounded(number, rounding);
          expect(Math.abs(result - number)).toBeLessThanOrEqual(step / 2);
          expect(Number.isInteger(result / step)).toBe(true);
        }
      }),
    );
  });
});
