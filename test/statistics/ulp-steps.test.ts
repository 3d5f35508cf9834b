import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readElements } from "#core/tensors/read-elements.ts";
import { stepsOf } from "#core/statistics/steps.ts";
import { UlpHistogram } from "#core/statistics/ulp-histogram.ts";
import type { ElementType } from "#core/tensors/tensor-value.ts";
import { anyTensor, float32, float64, int64 } from "./tensors.ts";

function steps(type: ElementType, left: Uint8Array, right: Uint8Array): number {
  const elements = [left, right].map((bytes) => readElements({ type, dims: [1], bytes }));
  return stepsOf(type)(elements[0]!, elements[1]!, 0);
}

/** 16-bit patterns of one type, in the order of the numbers that they stand for: -infinity first, one zero. */
function line(type: "float16" | "bfloat16"): Map<number, number> {
  const words = Array.from({ length: 65_536 }, (_, word) => word);
  const { numbers } = readElements({
    type,
    dims: [65_536],
    bytes: new Uint8Array(Uint16Array.from(words).buffer),
  });
  const sorted = words
    .filter((word) => !Number.isNaN(numbers[word]))
    .toSorted((left, right) => numbers[left]! - numbers[right]!);
  const places = new Map<number, number>();
  let place = -1;
  let before = NaN;
  for (const word of sorted) {
    // -0 and +0 are one place.
    if (numbers[word] !== before) place++;
    before = numbers[word]!;
    places.set(word, place);
  }
  return places;
}

describe.each(["float16", "bfloat16"] as const)("%s", (type) => {
  test("a step is the next number of the type", () => {
    const places = line(type);
    const word = fc.integer({ min: 0, max: 65_535 });
    fc.assert(
      fc.property(word, word, (left, right) => {
        const [from, to] = [places.get(left), places.get(right)];
        const expected = from === undefined || to === undefined ? NaN : Math.abs(from - to);
        const bytes = (each: number): Uint8Array => new Uint8Array(Uint16Array.of(each).buffer);
        expect(steps(type, bytes(left), bytes(right))).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("float64", () => {
  test("neighbours are one step apart, across zero too", () => {
    const pairs = [
      [1, 1 + Number.EPSILON],
      [Number.MIN_VALUE, 0],
      [-Number.MIN_VALUE, -0],
      [Number.MAX_VALUE, Infinity],
    ] as const;
    for (const [left, right] of pairs) expect(steps("float64", float64(left).bytes, float64(right).bytes)).toBe(1);
    expect(steps("float64", float64(-0).bytes, float64(0).bytes)).toBe(0);
    expect(steps("float64", float64(NaN).bytes, float64(0).bytes)).toBeNaN();
  });

  test("beyond 2^53 the count is cut, never rounded up to the next power of two", () => {
    const apart = steps("float64", float64(-Number.MAX_VALUE).bytes, float64(Number.MAX_VALUE).bytes);
    expect(apart).toBeLessThan(2 ** 64);
    expect(apart).toBeGreaterThan(2 ** 63);
  });
});

test("integers: the difference, whole", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.bigInt({ min: 0n, max: 2n ** 52n }),
      (a, by) => {
        const b = BigInt.asIntN(64, a + by);
        fc.pre(b >= a);
        expect(steps("int64", int64(a).bytes, int64(b).bytes)).toBe(Number(by));
      },
    ),
  );
  expect(steps("int8", Uint8Array.of(0x80), Uint8Array.of(0x7f))).toBe(255);
  expect(steps("uint8", Uint8Array.of(0x80), Uint8Array.of(0x7f))).toBe(1);
});

test("a distance is the same from either side, and 0 to itself", () => {
  const types: ElementType[] = ["float32", "float64", "float16", "bfloat16", "int32", "uint64"];
  fc.assert(
    fc.property(
      fc.constantFrom(...types).chain((type) => fc.tuple(anyTensor(type, 1), anyTensor(type, 1))),
      ([left, right]) => {
        expect(steps(left.type, left.bytes, right.bytes)).toBe(steps(left.type, right.bytes, left.bytes));
        expect(steps(left.type, left.bytes, left.bytes) || 0).toBe(0);
      },
    ),
  );
  expect(steps("float32", float32(1).bytes, float32(1 + 2 ** -23).bytes)).toBe(1);
});

test("the histogram's bins are powers of two without gaps, and every distance lies in its own", () => {
  const distance = fc.oneof(
    fc.maxSafeNat(),
    fc.nat({ max: 70 }),
    fc.integer({ min: 0, max: 52 }).chain((k) => fc.constantFrom(2 ** k, 2 ** k - 1, 2 ** k + 1)),
  );
  fc.assert(
    fc.property(fc.array(distance, { minLength: 1, maxLength: 40 }), (distances) => {
      const histogram = new UlpHistogram();
      for (const each of distances) histogram.add(each);
      const bins = histogram.result();
      for (const [index, { from, to, elements }] of bins.entries()) {
        expect(from).toBe(index === 0 ? 0 : bins[index - 1]!.to + 1);
        expect(elements).toBe(distances.filter((each) => each >= from && each <= to).length);
      }
      expect(bins.at(-1)?.elements).toBeGreaterThan(0);
    }),
  );
});
