import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BackendId } from "#core/backends.ts";
import type { Inference } from "#core/backends/backend.ts";
import { compare, type Comparison } from "#core/compare.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import type { Verdict } from "#core/verdicts/verdict.ts";
import { IsobitError } from "#core/errors.ts";
import type { Plan } from "#core/validate.ts";
import { planOf } from "./plan.ts";

type Answers = Partial<Record<BackendId, readonly (readonly number[] | null)[]>>;

const REFUSED: Inference = { ok: false, error: new IsobitError("BACKEND_FAILED", "It failed.") };

function inference(logits: readonly number[] | null): Inference {
  return logits === null ? REFUSED : { ok: true, logits: Float32Array.from(logits), latencyMs: null };
}

/** Compares what each backend answered for images a, b, c, ..., against CPU. */
function compareAnswers(answers: Answers, tolerance: Tolerance | null = null): Comparison {
  const sources = Object.keys(answers) as BackendId[];
  const count = Math.max(...sources.map((source) => answers[source]!.length));
  const ids = Array.from({ length: count }, (_, row) => String.fromCharCode(97 + row));
  const plan: Plan = { ...planOf(ids.map((id) => ({ id, source: { kind: "image", id } }))), sources, tolerance };
  const inputs = ids.map((id) => ({ ok: true, id, tensor: new Float32Array(1), sha256: "" }) as const);
  return compare(plan, inputs, new Map(sources.map((source) => [source, answers[source]!.map(inference)])));
}

const BY_WEIGHT: readonly Verdict[] = ["IDENTICAL", "WITHIN_TOLERANCE", "DRIFT", "INCOMPLETE"];

function weightiest(verdicts: readonly Verdict[]): Verdict {
  return BY_WEIGHT[Math.max(...verdicts.map((each) => BY_WEIGHT.indexOf(each)))]!;
}

describe("verdicts", () => {
  it("is IDENTICAL only where every bit of every pair is", () => {
    const comparison = compareAnswers({ WASM: [[1, 2]], CPU: [[1, 2]], CUDA: [[1, 2]] });
    expect(comparison.verdict).toBe("IDENTICAL");
    expect(comparison.totals.map((total) => [total.reference, total.other])).toEqual([
      ["CPU", "WASM"],
      ["CPU", "CUDA"],
    ]);
    expect(comparison.rows).toHaveLength(1);
    expect(comparison.rows[0]).toHaveLength(2);
  });

  it("is DRIFT for -0 against +0 although the values are equal", () => {
    expect(compareAnswers({ CPU: [[0, 1]], WASM: [[-0, 1]] }).verdict).toBe("DRIFT");
  });

  it("is INCOMPLETE with a single source, even if it answered everything", () => {
    expect(compareAnswers({ CPU: [[1], [2]] })).toEqual({ verdict: "INCOMPLETE", totals: [], rows: [[], []] });
  });

  it("is INCOMPLETE where any answer is missing, even next to drift", () => {
    const comparison = compareAnswers({
      CPU: [
        [1, 0],
        [1, 0],
      ],
      WASM: [null, [2, 0]],
    });
    expect(comparison.verdict).toBe("INCOMPLETE");
    expect(comparison.rows.map(([row]) => row!.verdict)).toEqual(["INCOMPLETE", "DRIFT"]);
    expect(comparison.rows[0]![0]).toEqual({
      reference: "CPU",
      other: "WASM",
      verdict: "INCOMPLETE",
      quantity: null,
      precision: null,
      labelsMatch: null,
      differingElements: 0,
      nonFiniteElements: 0,
      maxAbs: null,
      meanAbs: null,
      l2: null,
      maxUlp: null,
      inCertifiedDomain: false,
    });
    expect(comparison.totals[0]).toMatchObject({ verdict: "INCOMPLETE", compared: 1, identical: 0, worstImage: "b" });
  });

  it("makes every pair INCOMPLETE where the reference did not answer", () => {
    const { totals, verdict } = compareAnswers({ CPU: [null], WASM: [[1]], CUDA: [[1]] });
    expect(verdict).toBe("INCOMPLETE");
    expect(totals.map((total) => total.verdict)).toEqual(["INCOMPLETE", "INCOMPLETE"]);
    expect(totals[0]).toMatchObject({
      compared: 0,
      maxAbs: null,
      meanAbs: null,
      l2: null,
      maxUlp: null,
      worstImage: null,
    });
  });

  it("is INCOMPLETE where a backend's list of answers is too short or not there", () => {
    expect(compareAnswers({ CPU: [[1], [2]], WASM: [[1]] }).verdict).toBe("INCOMPLETE");
    const plan = { ...planOf([{ id: "a", source: { kind: "image", id: "a" } }]), sources: ["CPU", "WASM"] } as Plan;
    const inputs = [{ ok: true, id: "a", tensor: new Float32Array(1), sha256: "" }] as const;
    expect(compare(plan, inputs, new Map([["CPU", [inference([1])]]])).verdict).toBe("INCOMPLETE");
  });

  it("takes the most serious verdict of rows and pairs: INCOMPLETE > DRIFT > WITHIN_TOLERANCE > IDENTICAL", () => {
    const answer: Record<Verdict, readonly number[] | null> = {
      IDENTICAL: [1, 0],
      WITHIN_TOLERANCE: [1.25, 0],
      DRIFT: [2, 0],
      INCOMPLETE: null,
    };
    const column = fc.array(fc.constantFrom(...BY_WEIGHT), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(column, column, (wasm, cuda) => {
        const { verdict, totals, rows } = compareAnswers(
          {
            CPU: wasm.map(() => [1, 0]),
            WASM: wasm.map((each) => answer[each]),
            CUDA: cuda.map((each) => answer[each]),
          },
          { abs: 0.25 },
        );
        expect(verdict).toBe(weightiest([...wasm, ...cuda]));
        expect(totals.map((total) => total.verdict)).toEqual([weightiest(wasm), weightiest(cuda)]);
        expect(rows.map((row) => row.map((pair) => pair.verdict))).toEqual(wasm.map((each, row) => [each, cuda[row]]));
      }),
    );
  });
});

describe("pair totals", () => {
  it("sum over all compared elements", () => {
    const { totals } = compareAnswers({
      CPU: [
        [0, 4],
        [3, 1],
        [5, 5],
      ],
      WASM: [
        [0, 4],
        [0, 1],
        [5, 9],
      ],
    });
    expect(totals[0]).toEqual({
      reference: "CPU",
      other: "WASM",
      verdict: "DRIFT",
      quantity: "LOGITS",
      precision: "BITS",
      compared: 3,
      identical: 1,
      labelMismatches: 2,
      differingElements: 2,
      nonFiniteElements: 0,
      maxAbs: 4,
      meanAbs: 7 / 6,
      l2: 5,
      maxUlp: 0x4040_0000,
      worstImage: "b",
    });
  });

  it("name no worst image where nothing differs", () => {
    expect(compareAnswers({ CPU: [[1]], WASM: [[1]] }).totals[0]!.worstImage).toBeNull();
  });

  it("name the row that only differs in the sign of zero, where nothing worse is", () => {
    expect(compareAnswers({ CPU: [[1], [0]], WASM: [[1], [-0]] }).totals[0]!.worstImage).toBe("b");
  });

  it("rank a non-finite difference above any finite one", () => {
    const { totals } = compareAnswers({
      CPU: [
        [1, 0],
        [1, 0],
        [1, 0],
      ],
      WASM: [
        [-3e38, 0],
        [1, NaN],
        [1, Infinity],
      ],
    });
    expect(totals[0]).toMatchObject({
      worstImage: "b",
      nonFiniteElements: 2,
      maxAbs: Math.abs(1 - Math.fround(-3e38)),
    });
  });

  it("are correct if both sides share a NaN", () => {
    const { totals, rows } = compareAnswers({
      CPU: [
        [NaN, 1],
        [1, 1],
      ],
      WASM: [
        [NaN, 1],
        [1, 1.5],
      ],
    });
    expect(totals[0]).toMatchObject({
      identical: 1,
      nonFiniteElements: 1,
      differingElements: 1,
      worstImage: "b",
      maxUlp: 2 ** 22,
    });
    expect(rows[0]![0]).toMatchObject({ verdict: "IDENTICAL", labelsMatch: true, maxUlp: null });
  });

  it("agree with their rows", () => {
    const row = fc.array(fc.float(), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(row, row), { minLength: 1, maxLength: 5 }), (answers) => {
        const { totals, rows } = compareAnswers({
          CPU: answers.map(([cpu]) => cpu),
          WASM: answers.map(([, wasm]) => wasm),
        });
        const pairs = rows.map(([pair]) => pair!);
        const [total] = totals;
        const sum = (metric: "differingElements" | "nonFiniteElements"): number =>
          pairs.reduce((all, pair) => all + pair[metric], 0);
        expect(total!.differingElements).toBe(sum("differingElements"));
        expect(total!.nonFiniteElements).toBe(sum("nonFiniteElements"));
        expect(total!.identical).toBe(pairs.filter((pair) => pair.verdict === "IDENTICAL").length);
        const largest = Math.max(...pairs.map((pair) => pair.maxAbs ?? -1));
        expect(total!.maxAbs ?? -1).toBe(largest);
        const l2 = Math.sqrt(pairs.reduce((all, pair) => all + (pair.l2 ?? 0) ** 2, 0));
        expect(Math.abs((total!.l2 ?? 0) - l2)).toBeLessThanOrEqual(1e-12 * l2);
      }),
    );
  });
});
