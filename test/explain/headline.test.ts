import { describe, expect, it } from "vitest";
import { computedOnText } from "#core/explain/computed-on.ts";
import { explainNode } from "#core/explain/explain.ts";
import type { Cause } from "#core/explain/explanation.ts";
import { gravestOf } from "#core/explain/gravity.ts";
import { candidate, emulate } from "./emulated.ts";
import { explainedSource } from "./explained-side.ts";
import { oneNode } from "./one-node.ts";
import { conv } from "./sum-cases.ts";
import { tensor } from "./tensors.ts";

const CONV = conv({ channels: 3, size: [8, 8], filters: 64, kernel: [3, 3] });
const WORDS = "sequentially";
const [FUSED, ROUNDED] = [true, false].map((fused) => emulate(CONV, candidate(CONV, WORDS, { fused })));

/** FUSED_MULTIPLY_ADD in many elements, and what `change` makes of a single one. */
function explainChanged(change: (number: number) => number) {
  const other = ROUNDED!.slice();
  other[1000] = change(other[1000]!);
  const side = (source: string, numbers: Float32Array) =>
    explainedSource(source, [tensor("float32", [1, 64, 6, 6], numbers)]);
  return explainNode({ ...CONV, reference: side("CPU", FUSED!), other: side("WASM", other) })!;
}

describe("an explanation's cause is its most serious finding", () => {
  it("every difference is benign: its cause leads", () => {
    const explanation = explainChanged((number) => number);
    expect(explanation).toMatchObject({ cause: "FUSED_MULTIPLY_ADD", unexplainedElements: 0 });
    expect(explanation.explainedElements).toBeGreaterThan(100);
  });

  it("one element is off by 1e-3: WRONG_RESULT leads, and the counts are kept", () => {
    const { cause, causes, wrong } = explainChanged((number) => number + 1e-3);
    expect(cause).toBe("WRONG_RESULT");
    expect(causes.map((each) => each.cause)).toEqual(["FUSED_MULTIPLY_ADD", "WRONG_RESULT"]);
    expect(causes[0]!.elements).toBeGreaterThan(100);
    expect(causes[1]!.elements).toBe(1);
    expect(wrong).toMatchObject([{ side: "other", elements: 1, index: 1000 }]);
  });

  it("one element is off within the error bound: UNEXPLAINED leads", () => {
    const { cause, causes, unexplainedIndices } = explainChanged((number) => number * (1 + 2 ** -22));
    expect(cause).toBe("UNEXPLAINED");
    expect(causes.map((each) => each.cause)).toEqual(["FUSED_MULTIPLY_ADD", "UNEXPLAINED"]);
    expect(unexplainedIndices).toEqual([1000]);
  });

  it.each<[Cause, Cause[]]>([
    ["WRONG_RESULT", ["UNEXPLAINED", "WRONG_RESULT", "INT8_SATURATION"]],
    ["UNEXPLAINED", ["FUSED_MULTIPLY_ADD", "UNEXPLAINED", "TF32", "SPECIAL_VALUE"]],
    ["INT8_SATURATION", ["REDUCED_PRECISION", "INT8_SATURATION"]],
    ["REDUCED_PRECISION", ["TF32", "REDUCED_PRECISION"]],
    ["SPECIAL_VALUE", ["APPROXIMATED_FUNCTION", "SPECIAL_VALUE", "SUMMATION_ORDER"]],
    ["SUMMATION_ORDER", ["FUSED_MULTIPLY_ADD", "SUMMATION_ORDER", "INHERITED"]],
    ["NONE", []],
  ])("%s leads %j", (leading, causes) => {
    expect(gravestOf(causes)).toBe(leading);
    expect(gravestOf(causes.toReversed())).toBe(leading);
  });
});

describe("an explanation says what it was computed on", () => {
  it("the source, its backend and its optimisation level, per side", () => {
    expect(explainChanged((number) => number).computedOn).toEqual({
      reference: { source: "CPU", backend: "CPU", optimizationLevel: "extended" },
      other: { source: "WASM", backend: "WASM", optimizationLevel: "extended" },
    });
  });

  it.each([
    ["CPU", "CPU", "extended", "CPU (level extended)"],
    ["CUDA net-cpu.onnx", "CUDA", "all", "CUDA net-cpu.onnx (backend CUDA, level all)"],
    ["phone", null, "basic", "phone (another runtime, level basic)"],
  ] as const)("%s on %s at %s", (source, backend, optimizationLevel, text) => {
    expect(computedOnText({ source, backend, optimizationLevel })).toBe(text);
  });
});

describe("the same numbers in another shape or type are not the same output", () => {
  const shaped = (dims: readonly number[], type: "float32" | "float64" = "float32") =>
    explainedSource("CPU", [tensor(type, dims, ROUNDED!)]);

  it.each([
    ["another shape", shaped([1, 64, 36])],
    ["another type", shaped([1, 64, 6, 6], "float64")],
  ])("%s: UNEXPLAINED in every element, with a note", (_, other) => {
    const explanation = explainNode({ ...CONV, reference: shaped([1, 64, 6, 6]), other })!;
    expect(explanation).toMatchObject({ cause: "UNEXPLAINED", unexplainedElements: 64 * 36 });
    expect(explanation.notes.join()).toMatch(/shape \[1, 64, 6, 6\].*\[1, 64, 36\]|float64/);
    const moved = explainNode({ ...oneNode("Identity", []), reference: shaped([1, 64, 6, 6]), other })!;
    expect(moved).toMatchObject({ cause: "UNEXPLAINED", unexplainedElements: 64 * 36 });
  });
});
