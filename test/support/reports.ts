import type { BackendStatus } from "#core/backend.ts";
import type {
  ParityReport,
  ReportedDrift,
  ReportedOutput,
  ReportedPair,
  ReportedRow,
  ReportedRowDrift,
} from "#cli/parity-report.ts";

/* Parity reports as a side would send them, for what only shows or writes them. */

const SHA = (letter: string): string => letter.repeat(64);

export const EQUAL: Omit<ReportedDrift, "reference" | "other"> = {
  verdict: "IDENTICAL",
  differingElements: 0,
  nonFiniteElements: 0,
  maxAbs: 0,
  meanAbs: 0,
  l2: 0,
  maxUlp: 0,
};

/** One image on CPU and another source, equal in every bit. */
export function equalRow(other: string): ReportedRowDrift {
  return { reference: "CPU", other, labelsMatch: true, ...EQUAL };
}

export const MISSING: typeof EQUAL = {
  ...EQUAL,
  verdict: "INCOMPLETE",
  maxAbs: null,
  meanAbs: null,
  l2: null,
  maxUlp: null,
};

export function answered(
  source: "WASM" | "CPU" | "CUDA",
  overrides: Partial<ReportedOutput["prediction"]> = {},
): ReportedOutput {
  const logits = { values: [1.5, -2], bits: "AADAPwAAAMA=", sha256: SHA("b") };
  const prediction = {
    backend: source,
    label: "zero",
    classIndex: 0,
    probabilities: [0.75, 0.25],
    latencyMs: 1.25,
    logits,
    ...overrides,
  };
  return { source, prediction, error: null };
}

export function failed(source: string, code: string, message: string): ReportedOutput {
  return { source, prediction: null, error: { code, message } };
}

/** WASM against CPU for one image. */
export function aRow(image: string, overrides: Partial<ReportedRow> = {}): ReportedRow {
  return {
    image,
    inputSha256: SHA("a"),
    outputs: [answered("WASM"), answered("CPU")],
    pairs: [equalRow("WASM")],
    ...overrides,
  };
}

export function aPair(overrides: Partial<ReportedPair> = {}): ReportedPair {
  const counts = { compared: 1, identical: 1, labelMismatches: 0, worstImage: null };
  return { reference: "CPU", other: "WASM", ...EQUAL, ...counts, ...overrides };
}

export function aReport(overrides: Partial<ParityReport> = {}): ParityReport {
  const rows = overrides.rows ?? [aRow("7")];
  return {
    verdict: "IDENTICAL",
    reference: "CPU",
    total: rows.length,
    startedAt: "2026-01-02T03:04:05.678Z",
    elapsedMs: 12.5,
    model: { id: "digits", sha256: SHA("d"), labels: ["zero", "one"] },
    environment: [aStatus("WASM", "EDGE"), aStatus("CPU", "ORIGIN")],
    pairs: [aPair()],
    certificateViolations: [],
    rows,
    ...overrides,
  };
}

function aStatus(backend: BackendStatus["backend"], side: BackendStatus["side"]): BackendStatus {
  const runtime = side === "EDGE" ? "onnxruntime-web" : "onnxruntime-node";
  return {
    backend,
    side,
    available: true,
    reason: null,
    executionProvider: "CPUExecutionProvider",
    runtime,
    runtimeVersion: "1.2.3",
    optimizationLevel: "extended",
    device: null,
    hardwareGpu: false,
  };
}
