import type { Tolerance } from "#core/verdicts/drift.ts";
import type { Verdict } from "#core/verdicts/verdict.ts";
import type { Precision, Quantity } from "#core/peers/peer.ts";
import type { SoftmaxPart } from "#core/verdicts/softmax-rounding.ts";
import type { OutputStatistics } from "#core/statistics/result.ts";
import type { TraceResult } from "#core/trace/result.ts";

/**
 * Everything that one run found: what every report format (JSON, CSV, JUnit, Markdown, HTML) and a golden are made
 * from. parity, compare and sweep differ only in how they fill it.
 */
export interface RunReport {
  /** A reader that knows 1 may count on its keys keeping their names and meanings. */
  readonly version: 1;
  readonly kind: "parity" | "compare" | "sweep";
  /** isobit's own version. */
  readonly isobit: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly verdict: Verdict;
  /** What no tolerance hides, before the verdict. */
  readonly outcome: Verdict | "WRONG_RESULT" | "CERTIFICATE_VIOLATED";
  readonly models: readonly ReportedModel[];
  readonly settings: ReportedSettings;
  /** Every source that took part or was asked to, in order. */
  readonly environment: readonly ReportedSource[];
  /** The source that the others are compared with. */
  readonly reference: string;
  /** Inputs asked for. */
  readonly total: number;
  readonly pairs: readonly ReportedPair[];
  readonly rows: readonly ReportedRow[];
  readonly certificateViolations: readonly ReportedViolation[];
  /** Where drift begins, for the pairs that were traced. */
  readonly traces: readonly ReportedTrace[];
}

export interface ReportedModel {
  readonly id: string;
  readonly sha256: string;
  /** Of the bytes that ran. */
  readonly executedSha256: string;
  /** Null for a model that is no classifier. */
  readonly labels: readonly string[] | null;
}

export interface ReportedSettings {
  /** Absent bounds: bits must be equal. */
  readonly tolerance: Tolerance | null;
  /** By output name, where one has its own. */
  readonly outputTolerances: Readonly<Record<string, Tolerance>>;
  /** What else the run was told: levels, threads, batches, repeats, seed, golden, … */
  readonly options: Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;
}

/** One place where the model ran. A backend compared with itself is several sources, e.g. "CPU level=all". */
export interface ReportedSource {
  readonly source: string;
  /** Index into `models`. */
  readonly model: number;
  readonly available: boolean;
  readonly reason: string | null;
  readonly backend: string | null;
  readonly side: string | null;
  readonly executionProvider: string | null;
  readonly runtime: string | null;
  readonly runtimeVersion: string | null;
  readonly optimizationLevel: string | null;
  readonly threads: number | null;
  readonly batch: number | null;
  readonly device: string | null;
  readonly hardwareGpu: boolean;
}

/** Metrics over elements finite on both sides; null where there is none. */
export interface ReportedDrift {
  readonly verdict: Verdict;
  readonly differingElements: number;
  readonly nonFiniteElements: number;
  readonly maxAbs: number | null;
  readonly meanAbs: number | null;
  readonly l2: number | null;
  readonly maxUlp: number | null;
}

export interface ReportedPair extends ReportedDrift {
  readonly reference: string;
  readonly other: string;
  readonly compared: number;
  readonly identical: number;
  /** Null for a model that is no classifier. */
  readonly labelMismatches: number | null;
  readonly worstInput: string | null;
  /** One an output of the model, in order. */
  readonly outputs: readonly ReportedOutputDrift[];
  /** Where the other is a peer: what was compared, and whether it was bits or decimal text. Metrics are over that. */
  readonly peer?: ComparedPeer | undefined;
}

interface ComparedPeer {
  readonly quantity: Quantity;
  readonly precision: Precision;
  /** For probabilities: what the peer's own softmax in float32 accounts for. */
  readonly softmax?: SoftmaxPart | undefined;
}

export interface ReportedOutputDrift extends ReportedDrift {
  readonly output: string;
  /** Over all inputs; see core/statistics. Null where nothing was compared. */
  readonly statistics: OutputStatistics | null;
}

export interface ReportedRow {
  /** "7", "input:0", a file's name, … */
  readonly input: string;
  /** SHA-256 of the input tensors' bytes, in the model's order; null where the input could not be read. */
  readonly inputSha256: string | null;
  /** The known class index, where the data set says one. */
  readonly expected: number | null;
  /** The image behind the input as base64 PNG, where there is one; kept for the worst inputs only. */
  readonly picture: string | null;
  readonly outputs: readonly ReportedAnswer[];
  readonly pairs: readonly (ReportedDrift & {
    readonly reference: string;
    readonly other: string;
    /** Null for a model that is no classifier, or where an answer is missing. */
    readonly labelsMatch: boolean | null;
    /** For a peer's probabilities: what its own softmax in float32 accounts for. */
    readonly softmax?: SoftmaxPart | undefined;
  })[];
}

/** One source's answer for one input. */
export interface ReportedAnswer {
  readonly source: string;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Null for an error, or a model that is no classifier. */
  readonly prediction: {
    readonly label: string;
    readonly classIndex: number;
    readonly probabilities: readonly (number | null)[];
  } | null;
  readonly latencyMs: number | null;
  /** One an output of the model; empty for an error, and for a peer that gave no float32 logits. */
  readonly tensors: readonly ReportedTensor[];
  /** What a peer gave, as it gave it. */
  readonly peer?: ReportedPeerValues | undefined;
  /** Both answers of a peer that gave two different ones to this request. */
  readonly conflicting?: readonly ReportedPeerValues[] | undefined;
}

export interface ReportedPeerValues {
  readonly quantity: Quantity;
  readonly precision: Precision;
  /** Null where one is not finite. */
  readonly values: readonly (number | null)[];
  /** The numerals as the peer wrote them; null where it gave bits. */
  readonly decimals: readonly string[] | null;
  readonly roundTripMs: number;
  /** What should make a reader doubt the comparison; null where nothing does. */
  readonly note: string | null;
}

export interface ReportedTensor {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  readonly sha256: string;
  /** Base64 of the little-endian bytes; null where they were left out for size (the hash always stands). */
  readonly bits: string | null;
}

export interface ReportedViolation {
  readonly code: "CERTIFICATE_VIOLATED";
  readonly message: string;
  readonly input: string;
  readonly reference: string;
  readonly other: string;
  readonly differingElements: number;
  readonly modelSha256: string;
  readonly inputSha256: string;
  /** Base64 of the little-endian input tensor and of both answers: what is needed to see it again elsewhere. */
  readonly inputBits: string;
  readonly referenceBits: string;
  readonly otherBits: string;
}

export interface ReportedTrace extends TraceResult {
  /** The input that was traced. */
  readonly input: string;
}
