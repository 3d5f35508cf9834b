import { describe, expect, test } from "vitest";
import type { AnsweredExplanation, AnsweredTrace } from "#cli/trace/query.ts";
import { number, percent } from "#cli/trace/numbers.ts";
import { exitCodeOfTrace } from "#cli/trace.ts";
import { renderTrace } from "#cli/trace/text.ts";
import { aNode } from "../support/traced-nodes.ts";

const EFFECT = {
  optimizationLevel: "extended",
  slices: 1,
  fusionChanged: null,
  differingElements: 0,
  maxAbs: 0,
  maxUlp: 0,
} as const;

const EXPLANATION: AnsweredExplanation = {
  cause: "UNEXPLAINED",
  causes: [
    { cause: "FUSED_MULTIPLY_ADD", elements: 40 },
    { cause: "UNEXPLAINED", elements: 2 },
  ],
  consistentWith: [],
  explainedElements: 40,
  unexplainedElements: 2,
  unexplainedIndices: [5, 77],
  hypothesis: {
    reference: {
      order: { description: "sequentially", block: null, bias: "last", lanes: 1 },
      fused: true,
      tf32: false,
      wide: false,
    },
    backend: {
      order: { description: "sequentially", block: null, bias: "last", lanes: 1 },
      fused: false,
      tf32: false,
      wide: false,
    },
    matchRate: 0.98,
    controlMatchRate: 0.0001,
    tried: 12,
  },
  bound: {
    kind: "elementwise",
    formula: "gamma_n * sum |a||b|",
    n: 26,
    referenceUnitRoundoff: 2 ** -24,
    backendUnitRoundoff: 2 ** -11,
    worstShare: 0.031,
  },
  wrong: [],
  notes: ["Two elements stay open."],
  computedOn: {
    reference: { source: "CPU", backend: "CPU", optimizationLevel: "extended" },
    backend: { source: "WASM", backend: "WASM", optimizationLevel: "extended" },
  },
};

const introduced = aNode({
  index: 1,
  elements: 100,
  differingElements: 42,
  maxUlp: 12,
  maxAbs: 4.77e-7,
  originatesHere: true,
  bornElements: 42,
  reproduced: true,
  cause: "UNEXPLAINED",
  explainedElements: 40,
  explanation: EXPLANATION,
});
const inherited = aNode({
  index: 2,
  name: "relu1",
  op: "Relu",
  elements: 100,
  differingElements: 21,
  maxUlp: 12,
  maxAbs: 4.77e-7,
  bornElements: 0,
  cause: "INHERITED",
  explainedElements: 21,
});

const DRIFTING: AnsweredTrace = {
  outcome: "DRIFT",
  reference: "CPU",
  backend: "WASM",
  inputSha256: "ab".repeat(32),
  model: { id: "digits", sha256: "cd".repeat(32), executedSha256: "cd".repeat(32) },
  firstDrift: introduced,
  nodes: [aNode({ name: "pad", op: "Pad", elements: 100 }), introduced, inherited],
  marking: {
    reference: { ...EFFECT, fusionChanged: true },
    backend: { ...EFFECT, slices: 3, differingElements: 4, maxUlp: 2, maxAbs: 0.5 },
  },
  certificateViolations: [],
  environment: [],
};

const text = renderTrace(DRIFTING, "7", { verbose: false });

describe("a trace for people", () => {
  test("has one line per node, in graph order, with what differs and where it comes from", () => {
    const lines = text.split("\n");
    expect(lines.slice(2, 6).map((line) => line.split(/ {2,}/))).toEqual([
      ["#", "node", "op", "elements", "differing", "max ULP", "max |delta|", "drift", "cause"],
      ["0", "pad", "Pad", "100", "0", "0", "0", "-", "-"],
      ["1", "conv1", "Conv", "100", "42", "12", "4.77e-7", "42 introduced here", "UNEXPLAINED, 2 of 42"],
      ["2", "relu1", "Relu", "100", "21", "12", "4.77e-7", "inherited", "INHERITED"],
    ]);
  });

  test("names the first drifting node in a sentence", () => {
    expect(text).toContain(
      "Drift begins at conv1 (Conv, node 1): 42 of 100 elements differ, although its inputs are the same in every bit.",
    );
  });

  test("explains it: causes, hypothesis, match rate, control and bound", () => {
    expect(text).toContain("40 elements: FUSED_MULTIPLY_ADD\n  2 elements: UNEXPLAINED");
    expect(text).toContain("Unexplained elements: 5, 77.");
    expect(text).toContain("Hypothesis: CPU adds sequentially, each product fused with its addition;");
    expect(text).toContain("WASM adds sequentially, each product rounded first.");
    expect(text).toContain(
      "It reproduces 98 % of the elements bit by bit on both sides, and 0.01 % of shuffled outputs (control).",
    );
    expect(text).toContain(
      "gamma_n * sum |a||b|; n = 26, u = 2^-24 on CPU and 2^-11 on WASM. The worst element is at 3.1 % of it.",
    );
    expect(text).toContain("Note: Two elements stay open.");
    expect(text).toContain("Computed on CPU (level extended) and WASM (level extended).");
  });

  test("says what undetermined elements are consistent with, and how a side may have added", () => {
    const { hypothesis } = EXPLANATION;
    const explanation: AnsweredExplanation = {
      ...EXPLANATION,
      cause: "UNDETERMINED",
      causes: [{ cause: "UNDETERMINED", elements: 42 }],
      consistentWith: ["FUSED_MULTIPLY_ADD", "WIDER_ACCUMULATION"],
      hypothesis: hypothesis && { ...hypothesis, backend: { ...hypothesis.backend, wide: true } },
    };
    const node = { ...introduced, cause: "UNDETERMINED", explainedElements: 0, explanation } as const;
    const lines = renderTrace({ ...DRIFTING, nodes: [node], firstDrift: node }, "7", { verbose: false });
    expect(lines).toContain("42 elements: UNDETERMINED, consistent with FUSED_MULTIPLY_ADD, WIDER_ACCUMULATION");
    expect(lines).toContain("42 introduced here  UNDETERMINED\n");
    expect(lines).toContain("WASM adds sequentially, each product rounded first, sums in a wider type.");
  });

  test("says what exposing intermediate values has changed", () => {
    expect(text).toContain(
      "Exposing intermediates on CPU (level extended, 1 run) did not change the final output; other nodes were fused.",
    );
    expect(text).toContain(
      "Exposing intermediates on WASM (level extended, 3 runs) changed 4 elements of the final output, by up to 2 ULP (5.00e-1).",
    );
  });

  test("explains what was introduced further down only where asked, or where it is wrong", () => {
    const later = { ...introduced, index: 3, name: "conv2" };
    const trace = { ...DRIFTING, nodes: [...DRIFTING.nodes, later] };
    expect(renderTrace(trace, "7", { verbose: false })).not.toContain("\nconv2 (Conv)\n");
    expect(renderTrace(trace, "7", { verbose: true })).toContain("\nconv2 (Conv)\n");
    const wrong = { backend: "WASM", elements: 1, index: 9, value: 3, exact: 2, bound: 1e-6 } as const;
    const wronged = { ...later, cause: "WRONG_RESULT", explanation: { ...EXPLANATION, wrong: [wrong] } } as const;
    expect(renderTrace({ ...DRIFTING, nodes: [introduced, wronged] }, "7", { verbose: false })).toContain(
      "WASM is wrong in 1 element. The worst, at 9, is 3; the exact value is 2, and rounding can change it by at most 1.00e-6.",
    );
  });

  test("says once what several nodes have in common", () => {
    const nodes = [
      aNode({ name: "a", op: "If", elements: 100, note: "It holds subgraphs." }),
      aNode({ index: 1, name: "b", op: "If", elements: 100, note: "It holds subgraphs." }),
    ];
    const shown = renderTrace({ ...DRIFTING, nodes, firstDrift: null, outcome: "IDENTICAL" }, "7", { verbose: false });
    expect(shown).toContain("a, b: It holds subgraphs.");
    expect(shown).toContain("No node differs in any bit between CPU and WASM.");
    const served = renderTrace({ ...DRIFTING, nodes, firstDrift: null }, "7", { verbose: false });
    expect(served).toContain("between CPU and WASM while values are exposed, but the final outputs differ.");
  });
});

test.each([
  ["IDENTICAL", 0, 0],
  ["DRIFT", 0, 1],
  ["WRONG_RESULT", 0, 3],
  ["IDENTICAL", 1, 3],
  ["DRIFT", 1, 3],
] as const)("%s with %i certificate violations ends with %i", (outcome, violations, code) => {
  const violation = {
    code: "CERTIFICATE_VIOLATED" as const,
    message: "It differs.",
    image: "7",
    reference: "CPU",
    other: "WASM",
    differingElements: 1,
    modelSha256: "cd".repeat(32),
    inputSha256: "ab".repeat(32),
    input: "",
    referenceBits: "",
    otherBits: "",
  };
  expect(exitCodeOfTrace({ outcome, certificateViolations: Array.from({ length: violations }, () => violation) })).toBe(
    code,
  );
});

test("a share is never rounded to all or nothing", () => {
  expect([1, 0.999999, 0.5, 0.0000001, 0, 1.000001].map(percent)).toEqual([
    "100 %",
    "99.99 %",
    "50 %",
    "under 0.01 %",
    "0 %",
    "100.01 %",
  ]);
  expect([null, 0, 1234567, 0.00012345].map(number)).toEqual(["-", "0", "1,234,567", "1.23e-4"]);
});
