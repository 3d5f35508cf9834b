import { describe, expect, it } from "vitest";
import { FLOAT_FORMATS, roundTo } from "#core/tensors/float-format.ts";
import { explainSum } from "#core/explain/sums/explain-sum.ts";
import { candidate, emulate, explainArrays } from "./emulated.ts";
import type { OneNode } from "./one-node.ts";
import { explainedSource } from "./explained-side.ts";
import { gemm } from "./sum-cases.ts";
import { tensor } from "./tensors.ts";

const GEMM = gemm({ m: 16, k: 200, n: 30 });
const WORDS = "in one block, bias last";
const PLAIN = emulate(GEMM, candidate(GEMM, WORDS, { fused: true }));
const GPU = { sources: ["CPU", "CUDA"], tf32: [false, true] } as const;

describe("factors with fewer bits", () => {
  it.each(["tf32, ties to even", "tf32, ties away from 0", "tf32, truncated"] as const)(
    "%s: TF32, within its bound",
    (rounding) => {
      const other = emulate(GEMM, candidate(GEMM, WORDS, { fused: true, rounding }));
      const explanation = explainArrays(GEMM, PLAIN, other, GPU)!;
      expect(explanation).toMatchObject({ cause: "TF32", unexplainedElements: 0, wrong: [] });
      expect(explanation.hypothesis).toMatchObject({ reference: { tf32: false }, other: { tf32: true } });
      expect(explanation.bound).toMatchObject({ unitRoundoff: { reference: 2 ** -24, other: 2 ** -11 } });
      expect(explanation.bound!.worstShare).toBeLessThan(1);
    },
  );

  it("TF32 is found even on a GPU that is stated not to use it", () => {
    const other = emulate(GEMM, candidate(GEMM, WORDS, { fused: true, rounding: "tf32, ties to even" }));
    const explanation = explainArrays(GEMM, PLAIN, other, { ...GPU, tf32: [false, false] })!;
    expect(explanation).toMatchObject({ cause: "TF32", unexplainedElements: 0 });
  });

  it("TF32's errors are wrong on a processor, which has none", () => {
    const other = emulate(GEMM, candidate(GEMM, WORDS, { fused: true, rounding: "tf32, ties to even" }));
    expect(explainArrays(GEMM, PLAIN, other)).toMatchObject({ cause: "WRONG_RESULT", wrong: [{ side: "other" }] });
  });

  it("float16 is reduced precision, not a wrong result", () => {
    const other = emulate(GEMM, candidate(GEMM, WORDS, { rounding: "float16" }));
    const explanation = explainArrays(GEMM, PLAIN, other, { sources: ["CPU", "phone"] })!;
    expect(explanation).toMatchObject({ cause: "REDUCED_PRECISION", unexplainedElements: 0, wrong: [] });
  });
});

describe("other element types are held against their own bound", () => {
  function typed(type: "float16" | "float64", off: number): OneNode & { outputs: Float64Array[] } {
    const format = FLOAT_FORMATS[type];
    const numbers = GEMM.inputs.map((input) =>
      Array.from(new Float32Array(input!.bytes.slice().buffer), (each) => roundTo(format, each)),
    );
    const inputs = GEMM.inputs.map((input, at) => tensor(type, input!.dims, numbers[at]!));
    const [a, b, c] = numbers;
    const exact = Float64Array.from({ length: 16 * 30 }, (_, index) => {
      const [row, column] = [Math.floor(index / 30), index % 30];
      return Array.from({ length: 200 }, (_each, k) => a![row * 200 + k]! * b![k * 30 + column]!).reduce(
        (x, y) => x + y,
        c![column]!,
      );
    });
    const other = exact.map((value, index) =>
      index === 7 ? value * (1 + off) : value + Math.abs(value) * format.unitRoundoff,
    );
    return { ...GEMM, inputs, outputs: [exact, other] };
  }

  it.each([
    ["float16", 100, "WRONG_RESULT"],
    ["float16", 2 ** -9, "UNEXPLAINED"],
    ["float64", 2 ** -20, "WRONG_RESULT"],
    ["float64", 2 ** -51, "UNEXPLAINED"],
  ] as const)("%s, one element off by %d", (type, off, cause) => {
    const { outputs, ...node } = typed(type, off);
    const side = (numbers: Float64Array) => explainedSource("CPU", [tensor(type, [16, 30], numbers)]);
    const explanation = explainSum({ ...node, reference: side(outputs[0]!), other: side(outputs[1]!) })!;
    expect(explanation.cause).toBe(cause);
    expect(explanation.hypothesis).toBeNull();
    expect(explanation.bound!.unitRoundoff.other).toBe(FLOAT_FORMATS[type].unitRoundoff);
    if (cause === "WRONG_RESULT") expect(explanation.wrong).toMatchObject([{ side: "other", elements: 1, index: 7 }]);
  });
});
