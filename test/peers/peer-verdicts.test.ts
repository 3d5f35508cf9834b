import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Inference } from "#core/backends/backend.ts";
import { compare } from "#core/compare.ts";
import type { PairDrift, PairTotal } from "#core/verdicts/verdict.ts";
import { IsobitError } from "#core/errors.ts";
import { float32Text } from "#core/tensors/float-text.ts";
import type { PeerAnswer, PeerValues, Quantity } from "#core/peers/peer.ts";
import { softmax } from "#core/tensors/softmax.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { planOf } from "../core/plan.ts";

const REFUSED: PeerAnswer = { ok: false, error: new IsobitError("TIMEOUT", "It did not answer.") };

function gave(quantity: Quantity, values: PeerValues, classIndex: number | null = null): PeerAnswer {
  return { ok: true, quantity, values, classIndex, latencyMs: null, roundTripMs: 1, note: null };
}
const bits = (...floats: number[]): PeerValues => ({ precision: "BITS", floats: Float32Array.from(floats) });
const text = (...numerals: string[]): PeerValues => ({ precision: "DECIMAL", numerals });

/** CPU's logits for images a, b, … against one peer's answers. */
function against(
  logits: readonly (readonly number[])[],
  answers: readonly PeerAnswer[],
  tolerance: Tolerance | null = null,
): { verdict: string; total: PairTotal; rows: PairDrift[] } {
  const ids = logits.map((_, row) => String.fromCharCode(97 + row));
  const status = { id: "go", protocol: "oip", url: "http://a", error: null } as const;
  const items = ids.map((id) => ({ id, source: { kind: "image", id } }) as const);
  const plan = { ...planOf(items), sources: ["CPU" as const], peers: [status], tolerance };
  const inputs = ids.map((id) => ({ ok: true, id, tensor: new Float32Array(1), sha256: "" }) as const);
  const cpu = logits.map((row): Inference => ({ ok: true, logits: Float32Array.from(row), latencyMs: null }));
  const { verdict, totals, rows } = compare(plan, inputs, new Map([["CPU", cpu]]), new Map([["go", answers]]));
  expect(totals).toHaveLength(1);
  return { verdict, total: totals[0]!, rows: rows.map(([pair]) => pair!) };
}

describe("a peer that gives logits in bits", () => {
  it("is compared like a backend: IDENTICAL, or DRIFT by its bits", () => {
    const same = against([[1, -0]], [gave("LOGITS", bits(1, -0))]);
    expect(same.total).toMatchObject({ reference: "CPU", other: "go", verdict: "IDENTICAL", identical: 1 });
    expect(same.total).toMatchObject({ quantity: "LOGITS", precision: "BITS", maxUlp: 0 });
    const zero = against([[1, -0]], [gave("LOGITS", bits(1, 0))]);
    expect(zero.total).toMatchObject({ verdict: "DRIFT", differingElements: 1, worstImage: "a" });
  });

  it("is within a tolerance as a backend is", () => {
    const { total } = against([[1, 2]], [gave("LOGITS", bits(1, 2.0000005))], { ulp: 4 });
    expect(total).toMatchObject({ verdict: "WITHIN_TOLERANCE", maxUlp: 2 });
  });
});

describe("a peer that gives text", () => {
  it("is never IDENTICAL, and nothing is said of bits or steps", () => {
    const { verdict, total, rows } = against([[1.5, -2.25]], [gave("LOGITS", text("1.5", "-2.25"))]);
    expect(verdict).toBe("WITHIN_TOLERANCE");
    expect(total).toMatchObject({ quantity: "LOGITS", precision: "DECIMAL", identical: 0, differingElements: 0 });
    expect(total).toMatchObject({ maxAbs: 0, maxUlp: null, worstImage: null });
    expect(rows[0]).toMatchObject({ verdict: "WITHIN_TOLERANCE", precision: "DECIMAL", maxUlp: null });
  });

  it("drifts where the reference does not round to its text, and says how far", () => {
    const { total } = against([[1.2345, 2]], [gave("LOGITS", text("1.2346", "2.0000"))]);
    expect(total).toMatchObject({ verdict: "DRIFT", differingElements: 1, worstImage: "a" });
    expect(total.maxAbs).toBeCloseTo(1e-4, 6);
  });

  it("passes by abs and rel; steps between float32 values do not apply to text", () => {
    const answers = [gave("LOGITS", text("1.2346", "2.0000"))];
    expect(against([[1.2345, 2]], answers, { abs: 2e-4 }).verdict).toBe("WITHIN_TOLERANCE");
    expect(against([[1.2345, 2]], answers, { rel: 2e-4 }).verdict).toBe("WITHIN_TOLERANCE");
    expect(against([[1.2345, 2]], answers, { ulp: 2 ** 31 }).verdict).toBe("DRIFT");
  });

  it("cannot equal a NaN, regardless of what it writes", () => {
    const { total, rows } = against([[NaN, 1]], [gave("LOGITS", text("0", "1"))], { abs: 1e9 });
    expect(total).toMatchObject({ verdict: "DRIFT", nonFiniteElements: 1, differingElements: 1 });
    expect(rows[0]?.labelsMatch).toBe(false);
  });

  it("is WITHIN_TOLERANCE, and never IDENTICAL, for any equal computation", () => {
    const logits = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 10 });
    const places = fc.integer({ min: 4, max: 17 });
    fc.assert(
      fc.property(logits, places, (row, digits) => {
        const written = [
          gave("LOGITS", text(...row.map((value) => float32Text(value)))),
          gave("LOGITS", text(...row.map((value) => value.toFixed(digits)))),
          gave("PROBABILITIES", text(...softmax(Float32Array.from(row)).map((value) => value.toFixed(digits)))),
          gave("PROBABILITIES", text(...softmax(Float32Array.from(row)).map(String))),
          gave(
            "PROBABILITIES",
            text(...softmax(Float32Array.from(row)).map((value) => float32Text(Math.fround(value)))),
          ),
        ];
        for (const answer of written) expect(against([row], [answer]).verdict).toBe("WITHIN_TOLERANCE");
      }),
    );
  });
});

describe("a peer that gives probabilities", () => {
  const logits = [1, 3, 2];
  const probabilities = softmax(Float32Array.from(logits));

  it("is compared with the reference's softmax", () => {
    const { total, rows } = against([logits], [gave("PROBABILITIES", text(...probabilities.map((p) => p.toFixed(6))))]);
    expect(total).toMatchObject({ verdict: "WITHIN_TOLERANCE", quantity: "PROBABILITIES", labelMismatches: 0 });
    expect(total.maxAbs).toBeLessThanOrEqual(5e-7);
    expect(rows[0]?.labelsMatch).toBe(true);
  });

  it("is not IDENTICAL even in bits: other logits have the same softmax", () => {
    const { total } = against([logits], [gave("PROBABILITIES", bits(...probabilities))]);
    expect(total).toMatchObject({ verdict: "WITHIN_TOLERANCE", precision: "BITS", identical: 0, maxUlp: 0 });
  });

  it("is compared by the label that it names", () => {
    const { total, rows } = against([logits], [gave("PROBABILITIES", text(...probabilities.map(String)), 2)]);
    expect(rows[0]?.labelsMatch).toBe(false);
    expect(total.labelMismatches).toBe(1);
  });
});

describe("a peer's answers over several images", () => {
  it("are INCOMPLETE where one is missing, and the rest is still compared", () => {
    const { verdict, total, rows } = against([[1], [2]], [REFUSED, gave("LOGITS", bits(2))]);
    expect(verdict).toBe("INCOMPLETE");
    expect(total).toMatchObject({ verdict: "INCOMPLETE", compared: 1, identical: 1, quantity: "LOGITS" });
    expect(rows.map((row) => [row.verdict, row.quantity])).toEqual([
      ["INCOMPLETE", null],
      ["IDENTICAL", "LOGITS"],
    ]);
  });

  it("are DECIMAL as a whole where any of them was", () => {
    const { total } = against([[1], [2]], [gave("LOGITS", bits(1)), gave("LOGITS", text("2"))]);
    expect(total).toMatchObject({ verdict: "WITHIN_TOLERANCE", precision: "DECIMAL", maxUlp: null, identical: 1 });
  });

  it("never break a certificate: nothing is known of a peer's runtime", () => {
    expect(against([[1]], [gave("LOGITS", bits(2))]).rows[0]?.inCertifiedDomain).toBe(false);
  });
});
