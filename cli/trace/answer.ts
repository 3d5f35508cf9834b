import type { BackendId } from "#core/backends.ts";
import type { BackendStatus } from "#core/backends/backend.ts";
import type { ComputedOn, ErrorBound, Explanation, Hypothesis, WrongElement } from "#core/explain/explanation.ts";
import type { MarkingEffect, TracedNode, TraceResult } from "#core/trace/result.ts";

/** GraphQL's Trace as TRACE_QUERY asks for it. What is not finite has come as null. */
export interface AnsweredTrace {
  readonly outcome: TraceResult["outcome"];
  readonly reference: BackendId;
  readonly backend: BackendId;
  readonly inputSha256: string;
  readonly model: { readonly id: string; readonly sha256: string };
  readonly firstDrift: AnsweredNode | null;
  readonly nodes: readonly AnsweredNode[];
  readonly marking: { readonly reference: MarkingEffect; readonly backend: MarkingEffect };
  /** Bits that differ where a proof says that they cannot. */
  readonly certificateViolations: readonly { readonly code: string; readonly message: string }[];
  readonly environment: readonly BackendStatus[];
}

export interface AnsweredNode extends Omit<TracedNode, "explanation"> {
  readonly explanation: AnsweredExplanation | null;
}

export interface AnsweredExplanation extends Omit<Explanation, "hypothesis" | "bound" | "wrong" | "computedOn"> {
  readonly hypothesis: AnsweredHypothesis | null;
  readonly bound: AnsweredBound | null;
  readonly wrong: readonly AnsweredWrong[];
  readonly computedOn: { readonly reference: ComputedOn; readonly backend: ComputedOn };
}

export interface AnsweredHypothesis extends Omit<Hypothesis, "other"> {
  readonly backend: Hypothesis["other"];
}

export interface AnsweredBound extends Omit<ErrorBound, "unitRoundoff" | "worstShare"> {
  readonly referenceUnitRoundoff: number;
  readonly backendUnitRoundoff: number;
  readonly worstShare: number | null;
}

export interface AnsweredWrong extends Pick<WrongElement, "elements" | "index"> {
  readonly backend: BackendId;
  readonly value: number | null;
  readonly exact: number | null;
  readonly bound: number | null;
}
