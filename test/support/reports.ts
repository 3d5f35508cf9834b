import { compareAnswers } from "#library/compare/compare-answers.ts";
import { INCOMPLETE_DRIFT } from "#library/report/drift.ts";
import { outcomeOf } from "#library/report/outcome.ts";
import type {
  ReportedAnswer,
  ReportedDrift,
  ReportedPair,
  ReportedRow,
  ReportedSource,
  ReportedTrace,
  ReportedViolation,
  RunReport,
} from "#library/report/run-report.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { aNode } from "./traced-nodes.ts";

/* Reports of runs, for what only shows or writes them. */

export const SHA = (letter: string): string => letter.repeat(64);

type RowPair = ReportedRow["pairs"][number];

export const EQUAL: ReportedDrift = {
  verdict: "IDENTICAL",
  differingElements: 0,
  nonFiniteElements: 0,
  maxAbs: 0,
  meanAbs: 0,
  l2: 0,
  maxUlp: 0,
};

/** One input on CPU and another source, equal in every bit. */
export function equalRow(other: string): RowPair {
  return { reference: "CPU", other, labelsMatch: true, ...EQUAL };
}

/** The same where an answer is missing. */
export function missingRow(other: string): RowPair {
  return { reference: "CPU", other, labelsMatch: null, ...INCOMPLETE_DRIFT };
}

/** What a source answered; its logits are 1.5 and -2 unless told otherwise. */
export function answered(
  source: string,
  {
    latencyMs = 1.25,
    logits = [1.5, -2],
    ...prediction
  }: Partial<NonNullable<ReportedAnswer["prediction"]>> & { latencyMs?: number; logits?: readonly number[] } = {},
): ReportedAnswer {
  const bytes = new Uint8Array(Float32Array.from(logits).buffer);
  const bits = Buffer.from(bytes).toString("base64");
  return {
    source,
    error: null,
    prediction: { label: "zero", classIndex: 0, probabilities: [0.75, 0.25], ...prediction },
    latencyMs,
    tensors: [{ name: "logits", type: "float32", dims: [logits.length], sha256: sha256Hex(bytes), bits }],
  };
}

export function failed(source: string, code: string, message: string): ReportedAnswer {
  return { source, error: { code, message }, prediction: null, latencyMs: null, tensors: [] };
}

/** WASM against CPU for one input. */
export function aRow(input: string, overrides: Partial<ReportedRow> = {}): ReportedRow {
  return {
    input,
    inputSha256: SHA("a"),
    expected: null,
    picture: null,
    outputs: [answered("WASM"), answered("CPU")],
    pairs: [equalRow("WASM")],
    ...overrides,
  };
}

export function aPair(overrides: Partial<ReportedPair> = {}): ReportedPair {
  const counts = { compared: 1, identical: 1, labelMismatches: 0, worstInput: null };
  return { reference: "CPU", other: "WASM", ...EQUAL, ...counts, outputs: [], ...overrides };
}

export function aReport(overrides: Partial<RunReport> = {}): RunReport {
  const rows = overrides.rows ?? [aRow("7")];
  const report: RunReport = {
    version: 1,
    kind: "parity",
    isobit: "1.2.3",
    startedAt: "2026-01-02T03:04:05.678Z",
    elapsedMs: 12.5,
    verdict: "IDENTICAL",
    outcome: "IDENTICAL",
    models: [{ id: "digits", sha256: SHA("d"), executedSha256: SHA("d"), labels: ["zero", "one"] }],
    settings: { tolerance: null, outputTolerances: {}, options: {} },
    environment: [aSource("WASM", "EDGE"), aSource("CPU", "ORIGIN")],
    reference: "CPU",
    total: rows.length,
    pairs: [aPair()],
    rows,
    certificateViolations: [],
    traces: [],
    ...overrides,
  };
  return { ...report, outcome: overrides.outcome ?? outcomeOf(report) };
}

export function aSource(
  source: string,
  side: "EDGE" | "ORIGIN",
  overrides: Partial<ReportedSource> = {},
): ReportedSource {
  return {
    source,
    model: 0,
    available: true,
    reason: null,
    backend: source,
    side,
    executionProvider: "CPUExecutionProvider",
    runtime: side === "EDGE" ? "onnxruntime-web" : "onnxruntime-node",
    runtimeVersion: "1.2.3",
    optimizationLevel: "extended",
    threads: null,
    cpuFeatures: null,
    placement: null,
    batch: null,
    device: null,
    hardwareGpu: false,
    ...overrides,
  };
}

/** A report of what WASM and CPU answered, compared as a run compares them. */
export function compared(
  answers: Readonly<Record<string, readonly [reference: ReportedAnswer, other: ReportedAnswer]>>,
  overrides: Partial<RunReport> = {},
): RunReport {
  const bare = aReport(overrides);
  const inputs = Object.entries(answers).map(([input, [reference, other]]) => ({ input, reference, other }));
  const names = { reference: "CPU", other: "WASM" };
  const { pair, rows } = compareAnswers(names, inputs, {
    settings: bare.settings,
    labels: bare.models[0]?.labels ?? null,
  });
  return aReport({
    ...overrides,
    verdict: pair.verdict,
    pairs: [pair],
    rows: inputs.map(({ input, reference, other }, index) =>
      aRow(input, { outputs: [other, reference], pairs: [rows[index]!] }),
    ),
  });
}

export function aViolation(overrides: Partial<ReportedViolation> = {}): ReportedViolation {
  return {
    code: "CERTIFICATE_VIOLATED",
    message: "CERTIFICATE_VIOLATED: proved, but 2 logits differ.",
    input: "7",
    reference: "CPU",
    other: "WASM",
    differingElements: 2,
    modelSha256: SHA("e"),
    inputSha256: SHA("a"),
    inputBits: "AAAAAA==",
    referenceBits: "AADAPwAAAMA=",
    otherBits: "AADAPwAAAMA=",
    ...overrides,
  };
}

/** Equal at first, then a convolution with another order of additions, whose difference a Relu inherits. */
export function aTrace(overrides: Partial<ReportedTrace> = {}): ReportedTrace {
  const order = { block: 128, bias: "last", lanes: 1 } as const;
  const introduced: ReportedTrace["nodes"][number] = aNode({
    index: 1,
    name: "node1",
    elements: 4,
    differingElements: 3,
    maxAbs: 1e-6,
    maxUlp: 5,
    originatesHere: true,
    bornElements: 3,
    reproduced: true,
    cause: "FUSED_MULTIPLY_ADD",
    explainedElements: 3,
    explanation: {
      cause: "FUSED_MULTIPLY_ADD",
      causes: [{ cause: "FUSED_MULTIPLY_ADD", elements: 3 }],
      consistentWith: [],
      explainedElements: 3,
      unexplainedElements: 0,
      unexplainedIndices: [],
      hypothesis: {
        reference: { order: { ...order, description: "blocks of 128 along K" }, fused: true, tf32: false, wide: false },
        other: { order: { ...order, description: "sequentially" }, fused: false, tf32: false, wide: false },
        matchRate: 1,
        controlMatchRate: 0.125,
        tried: 24,
      },
      bound: {
        kind: "elementwise",
        formula: "gamma_n * sum |a||b|",
        n: 9,
        unitRoundoff: { reference: 2 ** -24, other: 2 ** -24 },
        worstShare: 0.25,
      },
      wrong: [],
      notes: ["The bias is added last."],
      computedOn: {
        reference: { source: "CPU", backend: "CPU", optimizationLevel: "extended" },
        other: { source: "WASM", backend: "WASM", optimizationLevel: "extended" },
      },
    },
  });
  const inherited = aNode({
    index: 2,
    name: "node2",
    op: "Relu",
    elements: 4,
    differingElements: 2,
    maxAbs: 1e-6,
    maxUlp: 900,
    cause: "INHERITED",
  });
  const marking = {
    optimizationLevel: "extended",
    slices: 1,
    fusionChanged: null,
    differingElements: 0,
    maxAbs: 0,
    maxUlp: 0,
  };
  return {
    input: "7",
    reference: "CPU",
    other: "WASM",
    outcome: "DRIFT",
    firstDrift: introduced,
    nodes: [aNode({ name: "node0", elements: 4 }), introduced, inherited],
    weightsDiffer: [],
    unmatched: { reference: [], other: [] },
    marking: { reference: marking, other: marking },
    ...overrides,
  };
}
