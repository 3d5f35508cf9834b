import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { candidatesOf } from "#core/explain/sums/candidate.ts";
import { planFamily } from "#core/explain/sums/family.ts";
import { candidate, emulate, explainArrays, problemOf } from "./emulated.ts";
import type { OneNode } from "./one-node.ts";
import { conv, gemm, generator, matMul, randomSums } from "./sum-cases.ts";
import { tensor } from "./tensors.ts";

const GEMM = gemm({ m: 10, k: 150, n: 20 });
const CONV = conv({ channels: 5, size: [9, 9], filters: 7, kernel: [3, 3] });
const PLAIN = "in one block, bias last";

function fed(node: OneNode, at: number, change: (numbers: Float32Array) => void): OneNode {
  const inputs = node.inputs.map((input, index) => {
    if (index !== at || input === null) return input;
    const numbers = new Float32Array(input.bytes.slice().buffer);
    change(numbers);
    return tensor("float32", input.dims, numbers);
  });
  return { ...node, inputs };
}

describe("a right evaluation is never called wrong", () => {
  it("regardless of its order, with FMA or without", () => {
    const next = generator(17);
    const nodes = [
      ...randomSums(24, 5),
      gemm({ m: 3, k: 90, n: 5, alpha: 1e-3, beta: 40 }),
      matMul([2, 4, 33], [33, 6]),
    ];
    for (const node of nodes) {
      const candidates = candidatesOf(planFamily(problemOf(node)), ["none"], problemOf(node).alpha);
      const [one, two] = [0, 1].map(() => emulate(node, candidates[Math.floor(next() * candidates.length)]!));
      const explanation = explainArrays(node, one!, two!);
      if (explanation === null) continue;
      expect(explanation.wrong).toEqual([]);
      expect(explanation.bound!.worstShare).toBeLessThanOrEqual(1);
    }
  });

  it("however far its elements' exponents lie apart, subnormals and cancellation included", () => {
    const float = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 50), max: 2 ** 50 }),
      fc.constantFrom(0, -0, 2 ** -149, -(2 ** -149), Math.fround(2 ** -126 - 2 ** -149), 2 ** -75, 1, -1),
    );
    const lists = fc
      .integer({ min: 1, max: 24 })
      .chain((k) =>
        fc.tuple(
          fc.array(float, { minLength: 3 * k, maxLength: 3 * k }),
          fc.array(float, { minLength: 2 * k, maxLength: 2 * k }),
          fc.nat(),
        ),
      );
    fc.assert(
      fc.property(lists, ([a, b, seed]) => {
        const k = b.length / 2;
        const node = {
          ...matMul([3, k], [k, 2]),
          inputs: [tensor("float32", [3, k], a), tensor("float32", [k, 2], b)],
        };
        const candidates = candidatesOf(planFamily(problemOf(node)), ["none"], problemOf(node).alpha);
        const next = generator(seed + 1);
        const [one, two] = [0, 1].map(() => emulate(node, candidates[Math.floor(next() * candidates.length)]!));
        expect(explainArrays(node, one!, two!)?.wrong ?? []).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("where it may overflow on the way", () => {
    const huge = fed(GEMM, 0, (numbers) => numbers.fill(2 ** 127));
    const reference = new Float32Array(200).fill(Infinity);
    const other = new Float32Array(200).fill(NaN);
    const explanation = explainArrays(huge, reference, other)!;
    expect(explanation.wrong).toEqual([]);
    expect(explanation.notes.join()).toContain("not judged");
  });

  it("on a GPU whose subnormals are zero", () => {
    const tiny = fed(GEMM, 0, (numbers) => numbers.set(numbers.map((each) => each * 2 ** -140)));
    const noBias = fed(tiny, 2, (numbers) => numbers.fill(0));
    const reference = emulate(noBias, candidate(noBias, PLAIN));
    const flushed = new Float32Array(reference.length);
    expect(explainArrays(noBias, reference, flushed, { sources: ["CPU", "WEBGPU"] })).toMatchObject({
      cause: "SPECIAL_VALUE",
      wrong: [],
    });
    expect(explainArrays(noBias, reference, flushed)).toMatchObject({ cause: "WRONG_RESULT" });
  });
});

describe("a wrong result is called wrong", () => {
  it("by its element, with the exact value and the bound", () => {
    const reference = emulate(GEMM, candidate(GEMM, PLAIN, { fused: true }));
    const other = reference.slice();
    other[42] = other[42]! + 0.01;
    const explanation = explainArrays(GEMM, reference, other)!;
    expect(explanation.cause).toBe("WRONG_RESULT");
    const [wrong] = explanation.wrong;
    expect(wrong).toMatchObject({ side: "other", index: 42, elements: 1, value: other[42] });
    expect(Math.abs(wrong!.exact - reference[42]!)).toBeLessThan(wrong!.bound);
    expect(Math.abs(wrong!.value - wrong!.exact)).toBeGreaterThan(wrong!.bound);
    expect(explanation.bound).toMatchObject({ kind: "elementwise", n: 151 });
    expect(explanation.bound!.worstShare).toBeCloseTo(Math.abs(wrong!.value - wrong!.exact) / wrong!.bound, 6);
  });

  it("even as one element among thousands that an order explains", () => {
    const node = conv({ channels: 8, size: [20, 20], filters: 10, kernel: [3, 3] });
    const reference = emulate(node, candidate(node, PLAIN, { fused: true }));
    const other = emulate(node, candidate(node, PLAIN));
    other[1000] = other[1000]! * (1 + 2 ** -8);
    const explanation = explainArrays(node, reference, other)!;
    expect(explanation.cause).toBe("WRONG_RESULT");
    expect(explanation.causes).toMatchObject([{ cause: "FUSED_MULTIPLY_ADD" }, { cause: "WRONG_RESULT", elements: 1 }]);
  });

  it("even where a third of the elements is, and the rest is explained all the same", () => {
    const reference = emulate(GEMM, candidate(GEMM, PLAIN, { fused: true }));
    const other = emulate(GEMM, candidate(GEMM, PLAIN)).map((value, index) => (index % 3 === 0 ? value + 0.5 : value));
    const explanation = explainArrays(GEMM, reference, other)!;
    expect(explanation).toMatchObject({ cause: "WRONG_RESULT", unexplainedElements: 0, wrong: [{ elements: 67 }] });
    expect(explanation.causes.map(({ cause }) => cause)).toEqual(["FUSED_MULTIPLY_ADD", "WRONG_RESULT"]);
    expect(explanation.hypothesis!.matchRate).toBe(133 / 200);
  });

  it("where both sides are wrong in the same bits", () => {
    const reference = emulate(GEMM, candidate(GEMM, PLAIN, { fused: true }));
    const other = emulate(GEMM, candidate(GEMM, PLAIN));
    reference[9] = other[9] = 1000;
    const explanation = explainArrays(GEMM, reference, other)!;
    expect(explanation.cause).toBe("WRONG_RESULT");
    expect(explanation.wrong.map(({ side, index }) => [side, index])).toEqual([
      ["reference", 9],
      ["other", 9],
    ]);
  });

  it("a changed weight", () => {
    const changed = fed(CONV, 1, (weights) => (weights[12] = weights[12]! + 0.05));
    const explanation = explainArrays(
      CONV,
      emulate(CONV, candidate(CONV, PLAIN)),
      emulate(changed, candidate(changed, PLAIN)),
    )!;
    expect(explanation).toMatchObject({ cause: "WRONG_RESULT", wrong: [{ side: "other" }] });
  });

  it("NaN and infinities that no input explains", () => {
    const reference = emulate(GEMM, candidate(GEMM, PLAIN));
    for (const value of [NaN, Infinity, -Infinity]) {
      const other = reference.slice();
      other[5] = value;
      expect(explainArrays(GEMM, reference, other)!.wrong).toMatchObject([{ side: "other", index: 5, value }]);
    }
  });

  it("a number where an input is NaN, except where padding may be multiplied", () => {
    const poisoned = fed(GEMM, 0, (numbers) => (numbers[0] = NaN));
    const reference = emulate(poisoned, candidate(poisoned, PLAIN));
    expect(Number.isNaN(reference[0]!)).toBe(true);
    const other = reference.slice();
    other[0] = 1;
    expect(explainArrays(poisoned, reference, other)!.wrong).toMatchObject([{ side: "other", index: 0, exact: NaN }]);
    expect(explainArrays(poisoned, reference, other, { sources: ["CPU", "WEBGPU"] })!.wrong).toEqual([]);
    const padded = fed(
      conv({ channels: 2, size: [5, 5], filters: 2, kernel: [3, 3], pads: [1, 1, 1, 1] }),
      1,
      (weights) => (weights[0] = Infinity),
    );
    const skipping = emulate(padded, candidate(padded, PLAIN));
    const [nan] = [skipping.findIndex((each) => Number.isNaN(each))];
    const filled = skipping.slice();
    filled[nan] = 3;
    expect(explainArrays(padded, skipping, filled)!.wrong).toEqual([]);
  });
});

describe("where Winograd or FFT is possible, one bound holds for the whole output", () => {
  const node = conv({ channels: 6, size: [10, 10], filters: 8, kernel: [3, 3], pads: [1, 1, 1, 1] });
  const reference = emulate(node, candidate(node, PLAIN, { fused: true }));
  const next = generator(3);
  const spread = reference.map((value) => value + (next() - 0.5) * 1e-4);

  it("errors of its size are wrong on a processor, and not on a GPU", () => {
    expect(explainArrays(node, reference, spread)).toMatchObject({
      cause: "WRONG_RESULT",
      bound: { kind: "elementwise" },
    });
    const explanation = explainArrays(node, reference, spread, { sources: ["CPU", "CUDA"] })!;
    expect(explanation).toMatchObject({ cause: "UNEXPLAINED", wrong: [], bound: { kind: "normwise" } });
    expect(explanation.bound!.formula).toContain("Winograd");
    expect(explanation.notes.join()).toContain("Winograd");
  });

  it("is not reported if direct evaluation reproduces the side", () => {
    const other = emulate(node, candidate(node, PLAIN));
    other[17] = other[17]! + 1e-3;
    const explanation = explainArrays(node, reference, other, { sources: ["CPU", "CUDA"] })!;
    expect(explanation).toMatchObject({
      cause: "WRONG_RESULT",
      bound: { kind: "elementwise" },
      wrong: [{ index: 17, elements: 1 }],
    });
  });

  it.each([
    ["stride 2", conv({ channels: 6, size: [10, 10], filters: 8, kernel: [3, 3], stride: 2 })],
    ["a dilation", conv({ channels: 6, size: [10, 10], filters: 8, kernel: [3, 3], dilation: 2 })],
    ["1x1", conv({ channels: 40, size: [10, 10], filters: 8, kernel: [1, 1] })],
  ])("not with %s", (_, windowed) => {
    const plain = emulate(windowed, candidate(windowed, PLAIN));
    const other = plain.map((value) => value + 1e-3);
    expect(explainArrays(windowed, plain, other, { sources: ["CPU", "CUDA"] })).toMatchObject({
      cause: "WRONG_RESULT",
      bound: { kind: "elementwise" },
    });
  });
});
