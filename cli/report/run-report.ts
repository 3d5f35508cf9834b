import type { Tolerance } from "#core/drift.ts";
import type { Verdict } from "#core/compare.ts";
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
}

export interface ReportedOutputDrift extends ReportedDrift {
  readonly output: string;
  /** See core/statistics. Null where nothing was compared. */
  readonly statistics: ReportedStatistics | null;
}

/** Over all inputs of one output of one pair. Null where undefined (nothing finite, a zero vector, no classifier). */
export interface ReportedStatistics {
  readonly elements: number;
  /** Absolute and relative difference, in ULP where the type is float32. */
  readonly abs: ReportedDistribution | null;
  readonly rel: ReportedDistribution | null;
  readonly ulp: ReportedDistribution | null;
  readonly cosineSimilarity: number | null;
  /** In dB against the reference's range; null where the difference is zero. */
  readonly psnr: number | null;
  /** Share of inputs whose k largest elements are the same, in order. */
  readonly topK: readonly { readonly k: number; readonly agreement: number }[];
  /** Mean Kullback-Leibler divergence of the probabilities, reference || other, in nats. */
  readonly klDivergence: number | null;
  /** ULP distances in powers of two: elements with 0, 1, 2-3, 4-7, … */
  readonly ulpHistogram: readonly { readonly from: number; readonly to: number; readonly elements: number }[];
}

export interface ReportedDistribution {
  readonly max: number;
  readonly mean: number;
  readonly median: number;
  readonly quantiles: readonly { readonly q: number; readonly value: number }[];
}

export interface ReportedRow {
  /** "7", "input:0", a file's name, … */
  readonly input: string;
  /** SHA-256 of the input tensors' bytes, in the model's order; null where the input could not be read. */
  readonly inputSha256: string | null;
  /** The known class index, where the data set says one. */
  readonly expected: number | null;
  readonly outputs: readonly ReportedAnswer[];
  readonly pairs: readonly (ReportedDrift & {
    readonly reference: string;
    readonly other: string;
    /** Null for a model that is no classifier, or where an answer is missing. */
    readonly labelsMatch: boolean | null;
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
  /** One an output of the model; empty for an error. */
  readonly tensors: readonly ReportedTensor[];
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
  readonly modelSha256: string;
  readonly inputSha256: string;
}

export interface ReportedTrace extends TraceResult {
  /** The input that was traced. */
  readonly input: string;
}
