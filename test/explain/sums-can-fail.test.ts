import { describe, expect, it } from "vitest";
import { candidate, emulate, explainArrays, nudged } from "./emulated.ts";
import { conv, gemm, generator, matMul } from "./sum-cases.ts";

/* An explanation that cannot fail explains nothing. */

const CONV = conv({ channels: 12, size: [14, 14], filters: 16, kernel: [5, 5], pads: [2, 2, 2, 2] });
const GEMM = gemm({ m: 12, k: 300, n: 40 });
const FUSED = { fused: true };

describe("what no order reproduces stays unexplained", () => {
  it.each([
    ["Conv", CONV, "in one block, bias last"],
    ["Gemm", GEMM, "in blocks of 256 along K, added to the bias"],
  ])("%s: elements moved by one ULP at random", (_, node, words) => {
    const reference = emulate(node, candidate(node, words, FUSED));
    const explanation = explainArrays(node, reference, nudged(reference, 0.5, generator(5)))!;
    expect(explanation.cause).toBe("UNEXPLAINED");
    expect(explanation.explainedElements).toBe(0);
    expect(explanation.unexplainedIndices).toHaveLength(16);
    expect(explanation.hypothesis!.matchRate).toBeLessThan(0.6);
    expect(explanation.bound!.worstShare).toBeLessThan(1);
    expect(explanation.wrong).toEqual([]);
  });

  it("both sides moved by one ULP at random: nothing matches more than chance gives", () => {
    const plain = emulate(GEMM, candidate(GEMM, "in one block, bias last"));
    const next = generator(8);
    const explanation = explainArrays(GEMM, nudged(plain, 1, next), nudged(plain, 1, next))!;
    expect(explanation.explainedElements).toBe(0);
    expect(explanation.notes.join()).toContain("No summation order tried reproduces both sides");
  });

  it("an order that the search does not try: products added by size", () => {
    const { length } = emulate(GEMM, candidate(GEMM, "in one block, bias last"));
    const [a, b, c] = GEMM.inputs.map((input) => new Float32Array(input!.bytes.slice().buffer));
    const bySize = Float32Array.from({ length }, (_, index) => {
      const [row, column] = [Math.floor(index / 40), index % 40];
      const products = Array.from({ length: 300 }, (_each, k) =>
        Math.fround(a![row * 300 + k]! * b![k * 40 + column]!),
      );
      products.push(c![column]!);
      return products
        .toSorted((x, y) => Math.abs(x) - Math.abs(y))
        .reduce((total, each) => Math.fround(total + each), 0);
    });
    const explanation = explainArrays(GEMM, emulate(GEMM, candidate(GEMM, "in one block, bias last")), bySize)!;
    expect(explanation.cause).toBe("UNEXPLAINED");
    expect(explanation.explainedElements).toBe(0);
    expect(explanation.bound!.worstShare).toBeLessThan(1);
  });

  it("of a node that is explained, exactly the elements that were moved", () => {
    const reference = emulate(CONV, candidate(CONV, "in blocks of 128 along K, bias last", FUSED));
    const other = emulate(CONV, candidate(CONV, "in blocks of 128 along K, bias last"));
    const moved = [3, 700, 2999];
    const bits = new Uint32Array(other.buffer);
    for (const index of moved) bits[index] = bits[index]! + 40;
    const explanation = explainArrays(CONV, reference, other)!;
    expect(explanation.unexplainedIndices).toEqual(moved);
    // Few are moved, but what nothing explains leads.
    expect(explanation.cause).toBe("UNEXPLAINED");
    expect(explanation.causes[0]).toMatchObject({ cause: "FUSED_MULTIPLY_ADD" });
    expect(explanation.hypothesis!.matchRate).toBe(1 - moved.length / other.length);
  });

  it("a single element, which any order could give by chance", () => {
    const dot = matMul([1, 200], [200, 1]);
    const sides = [candidate(dot, "in one block", FUSED), candidate(dot, "in one block")];
    const explanation = explainArrays(dot, emulate(dot, sides[0]!), emulate(dot, sides[1]!))!;
    expect(explanation).toMatchObject({ cause: "UNDETERMINED", explainedElements: 0, unexplainedElements: 0 });
    expect(explanation.consistentWith).toContain("FUSED_MULTIPLY_ADD");
    expect(explanation.consistentWith.length).toBeGreaterThan(1);
    expect(explanation.hypothesis).toMatchObject({ matchRate: 1, controlMatchRate: 1 });
  });
});

describe("what differs between two known orders is distinguished", () => {
  const told = (left: Parameters<typeof emulate>[1], right: Parameters<typeof emulate>[1], node = GEMM) =>
    explainArrays(node, emulate(node, left), emulate(node, right));

  it("FMA alone", () => {
    const words = "in blocks of 64 along K, bias last";
    const explanation = told(candidate(GEMM, words, FUSED), candidate(GEMM, words))!;
    expect(explanation).toMatchObject({ cause: "FUSED_MULTIPLY_ADD", unexplainedElements: 0 });
    const { reference, other, matchRate, controlMatchRate, tried } = explanation.hypothesis!;
    expect(reference).toMatchObject({ fused: true, tf32: false, order: { block: 64, bias: "last", lanes: 1 } });
    expect(other).toEqual({ ...reference, fused: false });
    expect(matchRate).toBe(1);
    expect(controlMatchRate).toBeLessThan(0.3);
    expect(tried).toBeGreaterThan(100);
  });

  it("the order alone", () => {
    const explanation = told(
      candidate(GEMM, "in blocks of 64 along K, bias last"),
      candidate(GEMM, "in 8 lanes, combined by halves, in one block, bias last"),
    )!;
    expect(explanation.causes).toEqual([{ cause: "SUMMATION_ORDER", elements: explanation.explainedElements }]);
    expect(explanation.unexplainedElements).toBe(0);
    expect(explanation.hypothesis).toMatchObject({
      reference: { order: { block: 64, lanes: 1 } },
      other: { order: { block: null, lanes: 8 } },
    });
    expect(explanation.notes.join()).toContain("8 lanes");
  });

  it("channels first against channels last", () => {
    const explanation = told(
      candidate(CONV, "in blocks of 128 along K, bias last"),
      candidate(CONV, "tap by tap, each with all channels: sequentially, in one block, bias last"),
      CONV,
    )!;
    expect(explanation.causes).toEqual([{ cause: "SUMMATION_ORDER", elements: explanation.explainedElements }]);
    expect(explanation.hypothesis!.other.order.description).toContain("tap by tap");
  });

  it("equal bits need no explanation", () => {
    const by = candidate(GEMM, "in one block, bias last");
    expect(told(by, by)).toBeNull();
  });
});
