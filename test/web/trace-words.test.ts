import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logScale, placeOf, tickText, ticksOf } from "../../web/trace/log-scale.ts";
import type { Node, Trace } from "../../web/trace/trace-query.ts";
import {
  introducedText,
  boundText,
  formatPercent,
  isIntroduced,
  markingText,
  sentenceFor,
  wayText,
  wrongText,
} from "../../web/trace/words.ts";
import { aNode } from "../support/traced-nodes.ts";

describe("the plot's axis", () => {
  const positive = fc.double({ min: 1e-40, max: 1e38, noNaN: true });

  it("keeps all numbers in order, with 0 at the bottom", () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 20 }), (values) => {
        const scale = logScale([0, null, ...values]);
        const zero = placeOf(0, scale)!;
        expect(zero).toBe(scale.floor);
        for (const value of values) {
          const place = placeOf(value, scale)!;
          expect(place).toBeGreaterThan(zero);
          expect(place).toBeLessThanOrEqual(scale.top);
        }
      }),
    );
  });

  it("has no place for a value that is not finite", () => {
    const scale = logScale([1, 10]);
    expect([null, Infinity, NaN].map((value) => placeOf(value, scale))).toEqual([null, null, null]);
  });

  it("labels 0 only at 0, and powers of ten elsewhere", () => {
    const scale = logScale([3e-8, 2e-5]);
    const ticks = ticksOf(scale, 9);
    expect(ticks.map((tick) => tickText(tick, scale))).toEqual(["0", "10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵", "10⁻⁴"]);
    expect(ticksOf(logScale([1e-30, 1e30]), 7).length).toBeLessThanOrEqual(8);
    expect(ticksOf(logScale([0]), 7)[0]).toBe(logScale([0]).floor);
  });
});

function trace(nodes: readonly Node[]): Trace {
  const first = nodes.find(({ differingElements }) => differingElements > 0);
  const effect = {
    optimizationLevel: "extended" as const,
    slices: 1,
    fusionChanged: null,
    differingElements: 0,
    maxAbs: 0,
    maxUlp: 0,
  };
  return {
    outcome: first ? "DRIFT" : "IDENTICAL",
    reference: "CPU",
    backend: "WASM",
    inputSha256: "",
    model: { id: "m", sha256: "" },
    firstDrift: first ? { index: first.index } : null,
    nodes,
    marking: { reference: effect, backend: effect },
    certificateViolations: [],
  };
}

describe("the drift view's words", () => {
  it("say that nothing drifts", () => {
    expect(sentenceFor(trace([aNode(), aNode({ index: 1 })]))).toBe("All 2 layers have the same bits on CPU and WASM.");
    expect(sentenceFor(trace([aNode(), aNode({ index: 1, elements: 0, note: "it was refused" })]))).toBe(
      "1 of 2 layers could be compared; they have the same bits on CPU and WASM.",
    );
    expect(sentenceFor({ ...trace([aNode()]), outcome: "DRIFT" })).toMatch(
      /the same bits on CPU and WASM when traced, but the final outputs differ without tracing\.$/,
    );
  });

  it("name the layer where drift begins, and say if the last layer agrees again", () => {
    const introduced = aNode({ index: 4, differingElements: 3, originatesHere: true, bornElements: 3 });
    expect(sentenceFor(trace([introduced, aNode({ index: 5 })]))).toBe(
      "Drift begins at conv1 (Conv): 3 of its 8 elements differ although its inputs are equal in every bit. At the last layer, the bits agree again.",
    );
  });

  it("distinguish introduced, inherited and not isolated", () => {
    const differing = { differingElements: 3 };
    expect(introducedText(aNode())).toBe("same bits");
    expect(introducedText(aNode({ elements: 0, note: "it was refused" }))).toBe("not compared");
    expect(introducedText(aNode({ elements: 0 }))).toBe("same bits");
    expect(introducedText(aNode({ ...differing, bornElements: 2 }))).toBe("2 introduced here");
    expect(introducedText(aNode({ ...differing, bornElements: 0 }))).toBe("inherited");
    expect(introducedText(aNode({ ...differing, bornElements: null }))).toBe("not isolated");
    expect([aNode({ ...differing, bornElements: 0 }), aNode({ bornElements: 1 })].map(isIntroduced)).toEqual([
      false,
      true,
    ]);
  });

  it("report a result outside the possible rounding error", () => {
    expect(wrongText({ backend: "WEBGPU", elements: 1_000, index: 7, value: null, exact: 1.5, bound: 2e-6 })).toBe(
      "WEBGPU computes 1,000 wrong elements. The worst, at index 7, is not finite; the exact value is 1.5, with a possible rounding error of 2.0e-6.",
    );
    const bound = { kind: "elementwise" as const, formula: "", n: 2, referenceUnitRoundoff: 0, backendUnitRoundoff: 0 };
    expect(boundText({ ...bound, worstShare: 1.00001 })).toContain(
      "100.01 % of this bound, which is outside the possible rounding error",
    );
    expect(boundText({ ...bound, worstShare: null })).toContain("not finite");
  });

  it("say how a side adds", () => {
    const order = { description: "sequentially", block: null, bias: "last" as const, lanes: 1 };
    expect(wayText({ order, fused: false, tf32: false, wide: true })).toBe(
      "sequentially; each product rounded before it is added; sums kept in a wider type",
    );
  });

  it("never round a share up to 100 % or down to 0 %", () => {
    expect([0, 1e-9, 0.5, 0.99999, 1, 1.000001].map(formatPercent)).toEqual([
      "0 %",
      "under 0.01 %",
      "50 %",
      "99.99 %",
      "100 %",
      "100.01 %",
    ]);
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1, noNaN: true, maxExcluded: true }), (share) => {
        expect(["0 %", "100 %"]).not.toContain(formatPercent(share));
      }),
    );
  });

  it("say what tracing changed", () => {
    const effect = trace([]).marking.reference;
    expect(markingText("CPU", effect)).toBe("On CPU, the final output did not change.");
    expect(markingText("CPU", { ...effect, differingElements: 2, maxUlp: 3, maxAbs: 1e-7 })).toContain(
      "2 elements of the final output changed, by at most 3 ULP",
    );
  });
});
