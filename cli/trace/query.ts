import type { BackendId } from "#core/backends.ts";
import { askFor } from "#library/stack/ask.ts";
import { graphql } from "#library/stack/graphql.ts";
import type { AnswerOf } from "#schema/typed-query.ts";
import type { ImageInput } from "../image-argument.ts";

export interface TraceRequest {
  readonly input: ImageInput;
  readonly reference: BackendId;
  readonly backend: BackendId;
  readonly model?: string;
}

/** The whole trace; of the model only what names it. */
const TRACE_QUERY = graphql(`
  query Trace($input: ImageInput!, $reference: Backend!, $backend: Backend!, $model: ID) {
    trace(input: $input, reference: $reference, backend: $backend, model: $model) {
      outcome reference backend inputSha256 model { id sha256 executedSha256 } firstDrift { ...node }
      nodes { ...node } marking { reference { ...effect } backend { ...effect } }
      certificateViolations {
        code message image reference other differingElements modelSha256 inputSha256 input referenceBits
        otherBits
      }
      environment {
        backend side available reason executionProvider runtime runtimeVersion optimizationLevel device
        hardwareGpu
      }
    }
  }

  fragment node on TracedNode {
    index name op dims elements differingElements maxAbs maxUlp originatesHere bornElements reproduced cause
    explainedElements note
    explanation {
      cause causes { cause elements } consistentWith explainedElements unexplainedElements unexplainedIndices
      hypothesis { reference { ...way } backend { ...way } matchRate controlMatchRate tried }
      bound { kind formula n referenceUnitRoundoff backendUnitRoundoff worstShare }
      wrong { backend elements index value exact bound } notes
      computedOn { reference { ...computedOn } backend { ...computedOn } }
    }
  }

  fragment way on HypothesisSide {
    order { description block bias lanes } fused tf32 wide
  }

  fragment computedOn on ComputedOn {
    source backend optimizationLevel
  }

  fragment effect on MarkingEffect {
    optimizationLevel slices fusionChanged differingElements maxAbs maxUlp
  }
`);

/** What is not finite has come as null. */
export type AnsweredTrace = AnswerOf<typeof TRACE_QUERY>["trace"];
export type AnsweredNode = AnsweredTrace["nodes"][number];
export type AnsweredExplanation = NonNullable<AnsweredNode["explanation"]>;
export type AnsweredHypothesis = NonNullable<AnsweredExplanation["hypothesis"]>;
export type AnsweredBound = NonNullable<AnsweredExplanation["bound"]>;
export type AnsweredWrong = AnsweredExplanation["wrong"][number];

/** @throws LibraryError BAD_OPTION where the side refuses the request, INCOMPLETE where there is no answer */
export function askTrace(url: string, request: TraceRequest, stop: AbortSignal): Promise<AnsweredTrace> {
  return askFor(url, "trace", { query: TRACE_QUERY, variables: request }, stop);
}
