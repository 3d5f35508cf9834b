import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, bytesOf } from "#core/tensors/bits.ts";
import { bitFields, differingBits, hex, hexRuns, type Run, valueText } from "../../web/float-bits.ts";
import { cellOf, furthestPair, heatOf, pairsOf } from "../../web/digits/pairs.ts";
import { faultOf, inWords, toleranceOf } from "../../web/digits/tolerance.ts";
import type { Output, ParityRow, Report, RowDrift } from "../../web/queries.ts";

const word = fc.nat(2 ** 32 - 1);
const textOf = (runs: readonly Run[]): string => runs.map(({ text }) => text).join("");
const markedOf = (runs: readonly Run[]): boolean[] => runs.flatMap(({ text, differs }) => [...text].map(() => differs));

describe("the bits of a float32 on the page", () => {
  it("are the bits in memory: sign, exponent and fraction", () => {
    const bits = (value: number) => bitsOf(Float32Array.of(value))[0]!;
    expect(hex(bits(1))).toBe("3f800000");
    expect(bitFields(bits(-1.5), bits(-1.5)).map(({ runs }) => textOf(runs))).toEqual([
      "1",
      "01111111",
      "10000000000000000000000",
    ]);
    expect([0, -0, NaN, -Infinity, Math.fround(0.1)].map(valueText)).toEqual(["0", "-0.0", "NaN", "-∞", "0.1"]);
  });

  it("are marked exactly where they differ, the same on both sides", () => {
    fc.assert(
      fc.property(word, word, (left, right) => {
        const fields = bitFields(left, right).map(({ runs }) => runs);
        expect(fields.map(textOf).join("")).toBe(left.toString(2).padStart(32, "0"));
        const marked = fields.flatMap(markedOf);
        const differs = Array.from({ length: 32 }, (_, place) => (((left ^ right) >>> (31 - place)) & 1) === 1);
        expect(marked).toEqual(differs);
        expect(differingBits(left, right)).toBe(differs.filter(Boolean).length);
        const nibbles = Array.from({ length: 8 }, (_, place) => differs.slice(4 * place, 4 * place + 4).includes(true));
        expect(markedOf(hexRuns(left, right))).toEqual(nibbles);
        expect(hexRuns(left, right).map(({ differs: each }) => each)).toEqual(
          hexRuns(right, left).map(({ differs: each }) => each),
        );
      }),
    );
  });
});

const LABELS = ["0", "1"];

function output(source: string, logits: readonly number[] | null): Output {
  if (!logits) return { source, prediction: null, error: { code: "BACKEND_FAILED", message: "no" } };
  const bits = btoa(String.fromCharCode(...bytesOf(Float32Array.from(logits))));
  return { source, prediction: { label: "0", latencyMs: null, logits: { bits } }, error: null };
}

function drift(other: string, fields: Partial<RowDrift> = {}): RowDrift {
  return {
    reference: "CPU",
    other,
    verdict: "IDENTICAL",
    labelsMatch: true,
    inCertifiedDomain: false,
    differingElements: 0,
    maxAbs: 0,
    maxUlp: 0,
    ...fields,
  };
}

function reportOf(row: ParityRow): Report {
  return {
    verdict: "DRIFT",
    model: { id: "m", labels: LABELS },
    reference: "CPU",
    total: 1,
    pairs: [],
    rows: [row],
    certificateViolations: [],
    startedAt: "",
    elapsedMs: 1,
  };
}

const ROW: ParityRow = {
  image: "7",
  outputs: [output("WASM", [1, 2]), output("CPU", [1, 2]), output("WEBGPU", [1, 2 + 2 ** -22]), output("CUDA", null)],
  pairs: [drift("WASM"), drift("WEBGPU", { verdict: "DRIFT" }), drift("CUDA", { verdict: "INCOMPLETE" })],
};

describe("the pairs of the matrix", () => {
  it("are every two sources once, those with the reference first", () => {
    expect(pairsOf(reportOf(ROW)).map(({ a, b }) => `${a}-${b}`)).toEqual([
      "CPU-WASM",
      "CPU-WEBGPU",
      "CPU-CUDA",
      "WASM-WEBGPU",
      "WASM-CUDA",
      "WEBGPU-CUDA",
    ]);
  });

  it("keep the report's own verdict with the reference", () => {
    expect(cellOf(ROW, { a: "CPU", b: "WASM" }, null)).toMatchObject({ verdict: "IDENTICAL", broken: false });
  });

  it("are compared by their bits, with the tolerance, if the report does not compare them", () => {
    const pair = { a: "WASM", b: "WEBGPU" };
    expect(cellOf(ROW, pair, null)).toMatchObject({ verdict: "DRIFT", differingElements: 1, maxUlp: 1 });
    expect(cellOf(ROW, pair, { ulp: 1 })).toMatchObject({ verdict: "WITHIN_TOLERANCE" });
  });

  it("are INCOMPLETE if a result is missing", () => {
    const cell = cellOf(ROW, { a: "WASM", b: "CUDA" }, { abs: 1e9 });
    expect(cell).toMatchObject({ verdict: "INCOMPLETE", labelsMatch: false, maxUlp: null });
  });

  it("let no tolerance hide a difference that a certificate rules out on both", () => {
    const proved: ParityRow = {
      ...ROW,
      pairs: ROW.pairs.map((each) => ({ ...each, inCertifiedDomain: each.other !== "CUDA" })),
    };
    expect(cellOf(proved, { a: "WASM", b: "WEBGPU" }, { ulp: 9 })).toMatchObject({ verdict: "DRIFT", broken: true });
  });

  it("open at the pair that differs most", () => {
    expect(furthestPair(reportOf(ROW), ROW, null)).toMatchObject({ a: "WASM", b: "WEBGPU" });
    expect(furthestPair({ ...reportOf(ROW), rows: [] }, { ...ROW, outputs: [] }, null)).toBeNull();
  });

  it("become hotter with ULP, and a difference is never shown as equal", () => {
    const cell = cellOf(ROW, { a: "WASM", b: "WEBGPU" }, null);
    const heats = [0, 1, 16, 17, 1_024, 1_025, 65_537, null].map((maxUlp) => heatOf({ ...cell, maxUlp }));
    expect(heats).toEqual([1, 1, 1, 2, 2, 3, 4, 4]);
    expect(heatOf({ ...cell, differingElements: 0 })).toBe(0);
  });
});

describe("a typed tolerance", () => {
  it("is null if every field is empty", () => {
    expect(toleranceOf({ abs: "", rel: " ", ulp: "" })).toBeNull();
    expect(inWords(null)).toContain("bits must be equal");
  });

  it("is parsed, and put into words", () => {
    const tolerance = toleranceOf({ abs: "1e-6", rel: "", ulp: " 1024 " });
    expect(tolerance).toEqual({ abs: 1e-6, ulp: 1024 });
    expect(inWords(tolerance)).toBe("|Δ| ≤ 0.000001 or ≤ 1,024 ULP");
    expect(inWords({ abs: 0 })).toBe("|Δ| ≤ 0");
  });

  it("is refused if it is not valid, and then never widens the tolerance", () => {
    expect(faultOf("ulp", "1.5")).toContain("whole number");
    expect(faultOf("abs", "-1")).toContain("0 or more");
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("abs", "rel", "ulp"), (text, bound) => {
        const tolerance = toleranceOf({ abs: "", rel: "", ulp: "", [bound]: text });
        if (faultOf(bound, text) !== null) expect(tolerance).toBeNull();
        else if (tolerance) expect(tolerance).toEqual({ [bound]: Number(text) });
        else expect(text.trim()).toBe("");
      }),
    );
  });
});
