import type { BackendId } from "#core/backends.ts";
import type { BackendStatus } from "#core/backends/backend.ts";
import type { Verdict } from "#core/verdicts/verdict.ts";
import type { Precision, Quantity } from "#core/peers/peer.ts";
import type { SoftmaxPart } from "#core/verdicts/softmax-rounding.ts";
import type { OutputStatistics, WorstElement } from "#core/statistics/result.ts";

/** GraphQL's ParityReport as PARITY_QUERY asks for it. Sources are backends, and peers by their ids. */
export interface ParityReport {
  readonly verdict: Verdict;
  readonly reference: string;
  readonly total: number;
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly model: ReportedModel;
  readonly environment: readonly BackendStatus[];
  readonly peers: readonly ReportedPeer[];
  readonly pairs: readonly ReportedPair[];
  /** Bits that differ where a proof says that they cannot. */
  readonly certificateViolations: readonly ReportedViolation[];
  readonly rows: readonly ReportedRow[];
}

interface ReportedViolation {
  readonly code: "CERTIFICATE_VIOLATED";
  readonly message: string;
  readonly image: string;
  readonly reference: string;
  readonly other: string;
  readonly differingElements: number;
  readonly modelSha256: string;
  readonly inputSha256: string;
  /** Base64 of the input tensor and of both answers. */
  readonly input: string;
  readonly referenceBits: string;
  readonly otherBits: string;
}

export interface ReportedPeer {
  readonly id: string;
  readonly url: string;
  readonly protocol: string;
  /** Calls to it that the side makes at the same time. */
  readonly concurrency: number;
  readonly available: boolean;
  readonly reason: string | null;
}

interface ReportedModel {
  readonly id: string;
  readonly sha256: string;
  readonly executedSha256: string;
  readonly labels: readonly string[];
}

/** Null metrics: nothing finite was compared. */
export interface ReportedDrift {
  readonly reference: string;
  readonly other: string;
  readonly verdict: Verdict;
  /** Null where nothing was compared. DECIMAL is a peer's text, not bits. */
  readonly quantity: Quantity | null;
  readonly precision: Precision | null;
  /** Null unless probabilities were compared. */
  readonly softmax: SoftmaxPart | null;
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
  readonly statistics: WireStatistics | null;
}

/** As core has them, but that GraphQL speaks of images. */
type WireStatistics = Omit<OutputStatistics, "worst"> & {
  readonly worst: (Omit<WorstElement, "input"> & { readonly image: string }) | null;
};

interface ReportedRowDrift extends ReportedDrift {
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
  /** What a peer gave; null for a backend. */
  readonly peer: ReportedPeerOutput | null;
  /** Both answers of a peer that gave two different ones; null otherwise. */
  readonly conflicting: readonly ReportedPeerOutput[] | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface ReportedPeerOutput {
  readonly quantity: Quantity;
  readonly precision: Precision;
  readonly label: string;
  readonly classIndex: number;
  /** Null where one is not finite. */
  readonly values: readonly (number | null)[];
  /** As the peer wrote them; null where it gave bits. */
  readonly decimals: readonly string[] | null;
  /** Base64; null where the peer gave text. */
  readonly bits: string | null;
  readonly sha256: string | null;
  readonly latencyMs: number | null;
  readonly roundTripMs: number;
  readonly note: string | null;
}

interface ReportedPrediction {
  readonly backend: BackendId;
  readonly label: string;
  readonly classIndex: number;
  /** Null where one is not finite. */
  readonly probabilities: readonly (number | null)[];
  readonly latencyMs: number | null;
  readonly logits: { readonly values: readonly (number | null)[]; readonly bits: string; readonly sha256: string };
}
