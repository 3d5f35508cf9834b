import type { BackendId } from "#core/backends.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import type { AnswerOf } from "#schema/typed-query.ts";
import { askFor } from "./ask.ts";
import { graphql } from "./graphql.ts";

/** The variables of PARITY_QUERY; what is absent is the server's default. */
export interface ParityRequest {
  readonly images?: readonly string[];
  readonly backends?: readonly BackendId[];
  /** Ids that PEERS names on the side that is asked. */
  readonly peers?: readonly string[];
  readonly reference?: BackendId;
  readonly model?: string;
  readonly tolerance?: Tolerance;
}

/** The whole report. Only the model inside each prediction is left out, as it is the report's own. */
export const PARITY_QUERY = graphql(`
  query Parity(
    $images: [ID!], $backends: [Backend!], $peers: [ID!], $reference: Backend, $model: ID
    $tolerance: ToleranceInput
  ) {
    parity(images: $images, backends: $backends, peers: $peers, reference: $reference, model: $model, tolerance: $tolerance) {
      verdict reference total startedAt elapsedMs
      model {
        id sha256 executedSha256 adaptations sizeBytes opset labels inputShape
        preprocess { scale mean std invert }
        certificate {
          sha256 executedSha256 externalData { location sha256 } adaptations opset rules
          covers { backend optimizationLevels } inputDomain anyAlgorithm tf32Safe headroomUsed assumptions
          otherAlgorithms { node reason } tooWideForTf32 { node reason } webgpuFaults { node reason }
          nodes { name op exact reason grid lowest highest boundUnits }
        }
        notCertified
      }
      environment {
        backend side available reason executionProvider runtime runtimeVersion optimizationLevel device
        hardwareGpu
      }
      peers { id url protocol concurrency available reason }
      pairs {
        reference other verdict quantity precision softmax { bound explained } compared identical
        labelMismatches differingElements nonFiniteElements maxAbs meanAbs l2 maxUlp worstImage
        statistics {
          elements finiteElements zeroReferenceElements cosineSimilarity psnr snr klDivergence quantileError
          abs { max mean std median quantiles { q value } } rel { max mean std median quantiles { q value } }
          ulp { max mean std median quantiles { q value } } worst { image element reference other }
          referenceValues { min max mean std meanMagnitude } otherValues { min max mean std meanMagnitude }
          topK { k agreement } ulpHistogram { from to elements }
        }
      }
      certificateViolations {
        code message image reference other differingElements modelSha256 inputSha256 input referenceBits
        otherBits
      }
      rows {
        image inputSha256
        outputs {
          source
          prediction {
            backend label classIndex probabilities latencyMs
            logits { backend executionProvider values bits sha256 inputSha256 latencyMs }
          }
          peer { ...Given } conflicting { ...Given } error { code message }
        }
        pairs {
          reference other verdict quantity precision softmax { bound explained } labelsMatch differingElements
          nonFiniteElements maxAbs meanAbs l2 maxUlp inCertifiedDomain
        }
      }
    }
  }

  fragment Given on PeerOutput {
    quantity precision label classIndex values decimals bits sha256 latencyMs roundTripMs note
  }
`);

/** Sources are backends, and peers by their ids. */
export type ParityReport = AnswerOf<typeof PARITY_QUERY>["parity"];
export type ReportedPeer = ParityReport["peers"][number];
export type ReportedPair = ParityReport["pairs"][number];
export type ReportedRow = ParityReport["rows"][number];
export type ReportedOutput = ReportedRow["outputs"][number];
export type ReportedPeerOutput = NonNullable<ReportedOutput["peer"]>;

/**
 * One parity query over HTTP.
 * @param url a side's root, such as http://localhost:8787
 * @throws LibraryError BAD_OPTION where the side refuses the request, INCOMPLETE where there is no answer
 */
export function askParity(url: string, request: ParityRequest, stop: AbortSignal): Promise<ParityReport> {
  return askFor(url, "parity", { query: PARITY_QUERY, variables: request }, stop);
}
