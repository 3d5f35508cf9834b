import { describe, expect, it } from "vitest";
import { compareTensors } from "#core/index.ts";
import { ulpMeaning } from "#core/verdicts/ulp-meaning.ts";
import { HTML } from "#cli/report/formats/html.ts";
import { reportMarkdown } from "#cli/report/formats/markdown.ts";
import { renderReport } from "#cli/report/text/render.ts";
import "#library/vitest.ts";
import { ulpText } from "#library/report/ulp-text.ts";
import { verdictText } from "#library/report/verdict-text.ts";
import { answered, compared } from "../support/reports.ts";

/* "max ULP 855638016" alone frightens: between 0 and 1.9e-13 lie so many float32 values. */

describe("what a ULP distance means", () => {
  const of = (reference: number, other: number): string | null => {
    const { maxUlp } = compareTensors(Float32Array.of(reference), Float32Array.of(other));
    return ulpMeaning("float32", maxUlp, { reference, other });
  };

  it.each([
    [0, 2 ** -25, "one value is next to zero, |delta| 2.98e-8"],
    [-(2 ** -60), 0.5, "one value is next to zero, |delta| 0.5"],
    [2 ** -23, -(2 ** -23), "opposite signs, |delta| 2.38e-7"],
    [1, -2, "opposite signs, |delta| 3"],
    [1, 3, "a factor of 3 apart, |delta| 2"],
    [1.5, 3, "a factor of 2 apart, |delta| 1.5"],
    [1, 1.9999998807907104, null],
    [-1, -1.25, null],
    [0, 1.401298464324817e-45, null],
    [1.401298464324817e-45, -1.401298464324817e-45, null],
  ])("between %d and %d", (reference, other, words) => {
    expect(of(reference, other)).toBe(words);
  });

  it("counts in the type's own steps, and needs no words between integers", () => {
    expect(ulpMeaning("float16", 1024, { reference: 1, other: 2 })).toBe("a factor of 2 apart, |delta| 1");
    expect(ulpMeaning("float16", 1023, { reference: 1, other: 1.999 })).toBeNull();
    expect(ulpMeaning("float64", 2 ** 40, { reference: 1, other: 1.001 })).toBeNull();
    expect(ulpMeaning("int32", 2 ** 30, { reference: 0, other: 2 ** 30 })).toBeNull();
    expect(ulpMeaning("float32", null, null)).toBeNull();
  });

  it("is described in general if the values are unknown", () => {
    expect(ulpMeaning("float32", 855638016, null)).toBe("opposite signs, or one value next to zero");
  });
});

describe("a report of a difference around zero", () => {
  const around = (left: number, right: number) =>
    compared({
      "3": [answered("CPU"), answered("WASM")],
      "7": [answered("CPU", { logits: [left, -2] }), answered("WASM", { logits: [right, -2] })],
    });
  const report = around(0, 2 ** -25);
  const words = "one value is next to zero, |delta| 2.98e-8";

  it("says so in the terminal, Markdown, the page and the verdict's sentence", async () => {
    expect(ulpText(report, report.pairs[0]!)).toBe(words);
    expect(renderReport(report)).toContain(`max ULP 855638016 (${words})`);
    const many = { ...report, kind: "compare" as const };
    expect(renderReport(many)).toContain(`max ULP 855638016: ${words}.`);
    expect(reportMarkdown(report)).toContain(
      String.raw`max ULP 855638016: one value is next to zero, \|delta\| 2.98e-8.`,
    );
    expect(await HTML.write(report)).toContain(`max ULP 855638016 (${words})`);
    expect(verdictText(report)).toContain(`max ULP 855638016 (${words})`);
  });

  it("says it in general where the report holds no bits", () => {
    const rows = report.rows.map((row) => ({
      ...row,
      outputs: row.outputs.map((answer) => ({
        ...answer,
        tensors: answer.tensors.map((tensor) => ({ ...tensor, bits: null })),
      })),
    }));
    expect(ulpText({ rows }, report.pairs[0]!)).toBe("opposite signs, or one value next to zero");
    expect(ulpText({ rows: [] }, report.pairs[0]!)).toBe("opposite signs, or one value next to zero");
  });

  it("adds no words to a small distance", () => {
    const small = around(1, 1 + 2 ** -22);
    expect(ulpText(small, small.pairs[0]!)).toBeNull();
    expect(renderReport(small)).toMatch(/max ULP 2(,|$)/m);
  });
});

it("the matchers' message says it too", () => {
  expect(() => expect(Float32Array.of(2 ** -25)).toHaveSameBits(Float32Array.of(0))).toThrow(
    "855638016 ULP apart (one value is next to zero, |delta| 2.98e-8)",
  );
});
