import { gql } from "urql";
import type { BackendId } from "#core/backend.ts";
import type { Cause, CauseCount, SumOrder } from "#core/explain/explanation.ts";
import type { MarkingEffect, TracedNode, TraceResult } from "#core/trace/result.ts";

/** How one backend is supposed to have added. */
export interface Way {
  readonly order: SumOrder;
  readonly fused: boolean;
  readonly tf32: boolean;
}

export interface Explained {
  readonly cause: Cause;
  readonly causes: readonly CauseCount[];
  readonly explainedElements: number;
  readonly unexplainedElements: number;
  /** Some of them, in the node's flat output. */
  readonly unexplainedIndices: readonly number[];
  readonly hypothesis: {
    readonly reference: Way;
    readonly backend: Way;
    readonly matchRate: number;
    readonly controlMatchRate: number;
    readonly tried: number;
  } | null;
  readonly bound: {
    readonly kind: string;
    readonly formula: string;
    readonly n: number;
    readonly referenceUnitRoundoff: number;
    readonly backendUnitRoundoff: number;
    /** Null: not finite. */
    readonly worstShare: number | null;
  } | null;
  readonly wrong: readonly {
    readonly backend: BackendId;
    readonly elements: number;
    readonly index: number;
    /** Null where it is not finite. */
    readonly value: number | null;
    readonly exact: number | null;
    readonly bound: number | null;
  }[];
  readonly notes: readonly string[];
}

export interface Node extends Omit<TracedNode, "explanation"> {
  readonly explanation: Explained | null;
}

export interface Trace {
  readonly outcome: TraceResult["outcome"];
  readonly reference: BackendId;
  readonly backend: BackendId;
  readonly inputSha256: string;
  readonly model: { readonly id: string; readonly sha256: string };
  /** Its place in the graph; null where no bit differs. */
  readonly firstDrift: { readonly index: number } | null;
  readonly nodes: readonly Node[];
  readonly marking: { readonly reference: MarkingEffect; readonly backend: MarkingEffect };
  /** Empty unless bits differ where a certificate proves that they cannot. */
  readonly certificateViolations: readonly { readonly code: string; readonly message: string }[];
}

export interface TraceQuestion {
  readonly input: { readonly image: string };
  readonly reference: string;
  readonly backend: string;
  /** Null: the default model. */
  readonly model: string | null;
}

export const TRACE = gql<{ readonly trace: Trace }, TraceQuestion>`
  query Trace($input: ImageInput!, $reference: Backend!, $backend: Backend!, $model: ID) {
    trace(input: $input, reference: $reference, backend: $backend, model: $model) {
      outcome
      reference
      backend
      inputSha256
      model {
        id
        sha256
      }
      firstDrift {
        index
      }
      nodes {
        index
        name
        op
        dims
        elements
        differingElements
        maxAbs
        maxUlp
        originatesHere
        bornElements
        reproduced
        cause
        explainedElements
        note
        explanation {
          cause
          causes {
            cause
            elements
          }
          explainedElements
          unexplainedElements
          unexplainedIndices
          hypothesis {
            reference {
              ...way
            }
            backend {
              ...way
            }
            matchRate
            controlMatchRate
            tried
          }
          bound {
            kind
            formula
            n
            referenceUnitRoundoff
            backendUnitRoundoff
            worstShare
          }
          wrong {
            backend
            elements
            index
            value
            exact
            bound
          }
          notes
        }
      }
      marking {
        reference {
          ...effect
        }
        backend {
          ...effect
        }
      }
      certificateViolations {
        code
        message
      }
    }
  }

  fragment way on HypothesisSide {
    order {
      description
      block
      bias
      lanes
    }
    fused
    tf32
  }

  fragment effect on MarkingEffect {
    optimizationLevel
    slices
    fusionChanged
    differingElements
    maxAbs
    maxUlp
  }
`;
