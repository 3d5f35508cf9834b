import { describe, expect, it } from "vitest";
import { upperLimit } from "../bench/false-causes/tables.ts";
import { explainArrays } from "./emulated.ts";
import { type Outcome, productOutcome, reductionOutcome } from "./false-causes.ts";
import { knownSum, type KnownWay } from "./known-sums.ts";
import { gemmOf, generator } from "./sum-cases.ts";

/* Causes of sums whose true difference is known. `npm run false-causes` does the same with thousands of trials. */

const SEEDS = Array.from({ length: 250 }, (_, at) => 700_001 + at);

const PLAIN: KnownWay = {
  arrangement: { kind: "sequential" },
  bias: "last",
  products: "rounded",
  sums: "float32",
  tf32: false,
};
const FUSED: KnownWay = { ...PLAIN, products: "fused" };
const DOUBLE: KnownWay = { ...PLAIN, sums: "float64", products: "double" };
const LANES: KnownWay = { ...PLAIN, arrangement: { kind: "lanes", size: 4 } };
const KAHAN: KnownWay = { ...PLAIN, sums: "compensated" };

/** A row times a matrix, computed in two ways; with `copies`, its columns again and again, each time twice as large. */
function explained(terms: number, columns: number, ways: readonly [KnownWay, KnownWay], copies = 1) {
  const next = generator(terms * 31 + columns);
  const number = (): number => Math.fround((next() + next() + next() - 1.5) * 2);
  const own = Float32Array.from({ length: terms * columns }, number);
  const a = Float32Array.from({ length: terms }, number);
  const width = columns * copies;
  const b = Float32Array.from({ length: terms * width }, (_, at) => {
    const [k, column] = [Math.floor(at / width), at % width];
    return own[k * columns + (column % columns)]! * 2 ** Math.floor(column / columns);
  });
  const [reference, other] = ways.map((way) =>
    Float32Array.from({ length: width }, (_, column) =>
      knownSum(
        Float64Array.from(a),
        Float64Array.from({ length: terms }, (_each, k) => b[k * width + column]!),
        null,
        way,
      ),
    ),
  );
  return explainArrays(gemmOf([1, terms, width], a, b, null), reference!, other!);
}

describe("a cause that is named is the true one", () => {
  const report = (found: readonly Outcome[]): readonly unknown[] =>
    found.map(({ family, seed, named, truth }) => ({ family, seed, named, truth }));

  it.each([
    ["matrix products", productOutcome, 35],
    ["reductions", reductionOutcome, 8],
  ] as const)("of %s in known ways, tried and untried", { timeout: 300_000 }, (_, outcomeOf, least) => {
    const outcomes = SEEDS.map(outcomeOf);
    expect(report(outcomes.filter(({ isFalse }) => isFalse))).toEqual([]);
    expect(report(outcomes.filter(({ cause }) => cause === "WRONG_RESULT"))).toEqual([]);
    expect(outcomes.filter(({ named }) => named.length > 0).length).toBeGreaterThan(least);
    const undetermined = outcomes.filter(({ cause }) => cause === "UNDETERMINED");
    expect(report(undetermined.filter(({ consistentWith }) => consistentWith.length === 0))).toEqual([]);
  });

  it.each([
    ["fused multiply-add", [PLAIN, FUSED], "FUSED_MULTIPLY_ADD"],
    ["wider sums", [FUSED, DOUBLE], "WIDER_ACCUMULATION"],
    ["wider sums, on the first side", [DOUBLE, PLAIN], "WIDER_ACCUMULATION"],
    ["another order", [PLAIN, LANES], "SUMMATION_ORDER"],
  ] as const)("%s, of 400 elements", (_, ways, cause) => {
    const explanation = explained(50, 400, ways)!;
    expect(explanation).toMatchObject({ cause, consistentWith: [], unexplainedElements: 0 });
    expect(explanation.causes).toHaveLength(1);
  });
});

describe("with little evidence, the remaining causes are listed", () => {
  it.each([
    ["FUSED_MULTIPLY_ADD", FUSED],
    ["WIDER_ACCUMULATION", DOUBLE],
  ] as const)("the true one among it: %s in up to 12 sums of 2 to 4 terms", (truth, way) => {
    const found = [2, 3, 4].flatMap((terms) =>
      [1, 2, 3, 6, 12].map((columns) => explained(terms, columns, [PLAIN, way])),
    );
    const differing = found.filter((each) => each !== null);
    expect(differing.length).toBeGreaterThan(8);
    for (const explanation of differing) {
      expect(explanation).toMatchObject({ cause: "UNDETERMINED", explainedElements: 0, unexplainedElements: 0 });
      expect(explanation.consistentWith).toContain(truth);
    }
    const both = ["FUSED_MULTIPLY_ADD", "WIDER_ACCUMULATION"];
    const open = differing.filter(({ consistentWith }) =>
      both.every((cause) => consistentWith.some((each) => each === cause)),
    );
    expect(open.length).toBeGreaterThan(0);
    expect(open[0]!.notes.join()).toContain("wider accumulation");
  });

  it("many sums of few terms settle it", () => {
    for (const terms of [2, 3, 4]) {
      expect(explained(terms, 2000, [PLAIN, FUSED])!.cause).toBe("FUSED_MULTIPLY_ADD");
      // A sum of two rounded products is the same in float32 and in double precision.
      const isTold = terms > 2;
      const wider = explained(terms, 2000, [PLAIN, DOUBLE])!;
      expect(wider.cause).toBe(isTold ? "WIDER_ACCUMULATION" : "UNDETERMINED");
      expect(wider.consistentWith).toEqual(isTold ? [] : ["WIDER_ACCUMULATION", "FUSED_MULTIPLY_ADD"]);
    }
  });

  it("repeated sums, and sums times a power of two, are not further evidence", () => {
    const few = explained(60, 5, [PLAIN, FUSED])!;
    const again = explained(60, 5, [PLAIN, FUSED], 40)!;
    expect(few.cause).toBe("UNDETERMINED");
    expect(again).toMatchObject({ cause: "UNDETERMINED", consistentWith: few.consistentWith });
  });

  it("a compensated sum is never called fused multiply-add or another order", () => {
    for (const terms of [2, 3, 5, 20, 100]) {
      for (const columns of [3, 30, 300]) {
        const causes = explained(terms, columns, [PLAIN, KAHAN])?.causes.map(({ cause }) => cause) ?? [];
        expect(causes).not.toContain("FUSED_MULTIPLY_ADD");
        expect(causes).not.toContain("SUMMATION_ORDER");
      }
    }
  });
});

describe("the limit of a rate", () => {
  it("of none found among n is 1 - 0.05^(1/n)", () => {
    for (const count of [10, 1000, 5000]) expect(upperLimit(0, count)).toBeCloseTo(1 - 0.05 ** (1 / count), 9);
  });

  it("is the one in the tables", () => {
    expect(upperLimit(1, 10)).toBeCloseTo(0.3942, 4);
    expect(upperLimit(5, 100)).toBeCloseTo(0.1023, 4);
  });
});
