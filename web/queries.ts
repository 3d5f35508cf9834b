import { gql } from "urql";
import type { BackendId, Side } from "#core/backend.ts";
import type { Verdict } from "#core/compare.ts";
import type { Tolerance } from "#core/drift.ts";

export interface Model {
  readonly id: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly opset: number;
  readonly labels: readonly string[];
  readonly inputShape: readonly number[];
}

export interface Image {
  readonly id: string;
  readonly label: string;
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

export interface Catalogue {
  /** The first is the default. */
  readonly models: readonly Model[];
  readonly images: readonly Image[];
}

/** What the page shows at once: answered by the edge alone, whether or not the origin is up. */
export const CATALOGUE = gql<Catalogue, Record<string, never>>`
  query Catalogue {
    models {
      id
      sha256
      sizeBytes
      opset
      labels
      inputShape
    }
    images {
      id
      label
      url
      width
      height
    }
  }
`;

export interface BackendStatus {
  readonly backend: BackendId;
  readonly side: Side;
  readonly available: boolean;
  readonly reason: string | null;
  readonly executionProvider: string;
  readonly runtime: string;
  readonly runtimeVersion: string;
  readonly device: string | null;
  readonly hardwareGpu: boolean;
}

export interface Health {
  readonly health: {
    readonly version: string;
    readonly backends: readonly BackendStatus[];
  };
}

export const HEALTH = gql<Health, Record<string, never>>`
  query Health {
    health {
      version
      backends {
        backend
        side
        available
        reason
        executionProvider
        runtime
        runtimeVersion
        device
        hardwareGpu
      }
    }
  }
`;

export interface PairSummary {
  readonly reference: string;
  readonly other: string;
  readonly verdict: Verdict;
  readonly compared: number;
  readonly identical: number;
  readonly labelMismatches: number;
  readonly differingElements: number;
  readonly nonFiniteElements: number;
  readonly maxAbs: number | null;
  readonly meanAbs: number | null;
  readonly l2: number | null;
  readonly maxUlp: number | null;
  readonly worstImage: string | null;
}

export interface RowDrift {
  readonly reference: string;
  readonly other: string;
  readonly verdict: Verdict;
  /** False, too, where an answer is missing. */
  readonly labelsMatch: boolean;
  /** A certificate speaks of this input on both backends: a differing bit breaks it. */
  readonly inCertifiedDomain: boolean;
  readonly differingElements: number;
  readonly maxAbs: number | null;
  readonly maxUlp: number | null;
}

/** One backend's answer for one image: a prediction or an error, never both. */
export interface Output {
  readonly source: string;
  readonly prediction: {
    readonly label: string;
    readonly latencyMs: number | null;
    /** Base64 of little-endian float32. */
    readonly logits: { readonly bits: string };
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface ParityRow {
  readonly image: string;
  readonly outputs: readonly Output[];
  readonly pairs: readonly RowDrift[];
}

export interface Report {
  readonly verdict: Verdict;
  readonly model: { readonly id: string; readonly labels: readonly string[] };
  readonly reference: string;
  readonly total: number;
  readonly pairs: readonly PairSummary[];
  readonly rows: readonly ParityRow[];
  /** Empty unless bits differ where the model's certificate says that they cannot. */
  readonly certificateViolations: readonly { readonly code: string; readonly message: string }[];
  readonly startedAt: string;
  readonly elapsedMs: number;
}

export interface Parity {
  readonly parity: Report;
}

export interface ParityQuestion {
  /** Null: the default model. */
  readonly model: string | null;
  /** Null: bits must be equal. */
  readonly tolerance: Tolerance | null;
}

/** All built-in images on every available backend. */
export const PARITY = gql<Parity, ParityQuestion>`
  query Parity($model: ID, $tolerance: ToleranceInput) {
    parity(model: $model, tolerance: $tolerance) {
      verdict
      model {
        id
        labels
      }
      reference
      certificateViolations {
        code
        message
      }
      total
      pairs {
        reference
        other
        verdict
        compared
        identical
        labelMismatches
        differingElements
        nonFiniteElements
        maxAbs
        meanAbs
        l2
        maxUlp
        worstImage
      }
      rows {
        image
        outputs {
          source
          prediction {
            label
            latencyMs
            logits {
              bits
            }
          }
          error {
            code
            message
          }
        }
        pairs {
          reference
          other
          verdict
          labelsMatch
          inCertifiedDomain
          differingElements
          maxAbs
          maxUlp
        }
      }
      startedAt
      elapsedMs
    }
  }
`;
