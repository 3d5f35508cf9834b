import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elementsWithin, sampleOf } from "#core/explain/sums/visit.ts";
import { chanceMatchProbability } from "#core/explain/evidence/chance-matches.ts";
import { isBelieved } from "#core/explain/sums/hypothesis.ts";
import { problemOf } from "./emulated.ts";
import { conv } from "./sum-cases.ts";

const NODE = problemOf(conv({ channels: 3, size: [20, 20], filters: 4, kernel: [3, 3], pads: [1, 1, 1, 1] }));
const ALL = NODE.elements;
const indices = fc.uniqueArray(fc.nat(ALL - 1), { maxLength: 200 }).map((list) => list.toSorted((a, b) => a - b));

describe("a bound on work", () => {
  it("looks at all elements where that is cheap enough", () => {
    expect(elementsWithin(NODE, [1, 2, 3], ALL * NODE.terms)).toBeNull();
  });

  it("else at as many as it allows, the differing ones first, each once", () => {
    fc.assert(
      fc.property(indices, fc.integer({ min: 1, max: ALL - 1 }), (differing, room) => {
        const visited = elementsWithin(NODE, differing, room * NODE.terms)!;
        expect(new Set(visited).size).toBe(visited.length);
        expect(visited.length).toBeLessThanOrEqual(room);
        expect(visited.every((index) => index >= 0 && index < ALL)).toBe(true);
        const seen = differing.filter((index) => visited.includes(index)).length;
        expect(seen).toBeGreaterThanOrEqual(Math.min(differing.length, room));
      }),
    );
  });

  it("samples differing elements and others in turn, each once", () => {
    fc.assert(
      fc.property(indices, fc.integer({ min: 1, max: 192 }), (differing, size) => {
        const sample = sampleOf(ALL, differing, size);
        expect(new Set(sample).size).toBe(sample.length);
        expect(sample.length).toBeLessThanOrEqual(size);
        expect(sample.every((index) => index >= 0 && index < ALL)).toBe(true);
        if (differing.length > 0) expect(differing).toContain(sample[0]);
      }),
    );
  });
});

describe("belief", () => {
  it("asks for the upper half between chance and all, and for nine tenths at least", () => {
    expect(isBelieved(1, 0)).toBe(true);
    expect(isBelieved(0.9, 0.1)).toBe(true);
    expect(isBelieved(0.89, 0)).toBe(false);
    expect(isBelieved(0.95, 0.92)).toBe(false);
    expect(isBelieved(0.97, 0.92)).toBe(true);
    expect(isBelieved(1, 1)).toBe(false);
  });

  it("bounds the chance that one of the candidates reproduces as much", () => {
    expect(chanceMatchProbability({ tried: 8, perElement: 0.25 }, { elements: 3, reproduced: 3 })).toBeCloseTo(1 / 8);
    expect(chanceMatchProbability({ tried: 8, perElement: 0.25 }, { elements: 6, reproduced: 6 })).toBeCloseTo(2 ** -9);
    expect(chanceMatchProbability({ tried: 1, perElement: 0.5 }, { elements: 10, reproduced: 9 })).toBeCloseTo(
      10 / 2 ** 9,
    );
    expect(chanceMatchProbability({ tried: 1, perElement: 0.25 }, { elements: 0, reproduced: 0 })).toBe(1);
  });
});
