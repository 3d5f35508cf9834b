import type { BackendId, BackendStatus } from "#core/backend.ts";
import type { Verdict } from "#core/compare.ts";

/** GraphQL's ParityReport as PARITY_QUERY asks for it. Sources are backends now, and peers by their ids later. */
export interface ParityReport {
  readonly verdict: Verdict;
  readonly reference: string;
  readonly total: number;
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly model: ReportedModel;
  readonly environment: readonly BackendStatus[];
  readonly pairs: readonly ReportedPair[];
  /** Bits that differ where a proof says that they cannot. */
  readonly certificateViolations: readonly ReportedViolation[];
  readonly rows: readonly ReportedRow[];
}

interface ReportedViolation {
  readonly code: string;
  readonly message: string;
  readonly modelSha256: string;
  readonly inputSha256: string;
}

interface ReportedModel {
  readonly id: string;
  readonly sha256: string;
  readonly labels: readonly string[];
}

/** Null metrics: nothing finite was compared. */
export interface ReportedDrift {
  readonly reference: string;
  readonly other: string;
  readonly verdict: Verdict;
  readonly differingElements: number;
  readonly nonFiniteElements: number;
  readonly maxAbs: number | null;
  readonly meanAbs: number | null;
  readonly l2: number | null;
  readonly maxUlp: number | null;
}

export interface ReportedPair extends ReportedDrift {
  readonly compared: number;
  readonly identical: number;
  readonly labelMismatches: number;
  readonly worstImage: string | null;
}

export interface ReportedRowDrift extends ReportedDrift {
  /** False, too, where an answer is missing. */
  readonly labelsMatch: boolean;
}

export interface ReportedRow {
  readonly image: string;
  readonly inputSha256: string | null;
  readonly outputs: readonly ReportedOutput[];
  readonly pairs: readonly ReportedRowDrift[];
}

export interface ReportedOutput {
  readonly source: string;
  readonly prediction: ReportedPrediction | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface ReportedPrediction {
  readonly backend: BackendId;
  readonly label: string;
  readonly classIndex: number;
  /** Null where one is not finite. */
  readonly probabilities: readonly (number | null)[];
  readonly latencyMs: number | null;
  readonly logits: { readonly values: readonly (number | null)[]; readonly bits: string; readonly sha256: string };
}

export function predictionOf(row: ReportedRow, source: string): ReportedPrediction | null {
  return row.outputs.find((output) => output.source === source)?.prediction ?? null;
}

export function errorOf(row: ReportedRow, source: string): ReportedOutput["error"] {
  return row.outputs.find((output) => output.source === source)?.error ?? null;
}
