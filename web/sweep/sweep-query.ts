import { graphql, type ResultOf } from "../graphql.ts";

/** One event per batch. `pairs` are running totals; `rows` and violations are of the batch alone. */
export const SWEEP = graphql(`
  subscription Sweep(
    $inputs: [ImageInput!], $backends: [Backend!], $reference: Backend, $model: ID, $tolerance: ToleranceInput
    $batch: Int
  ) {
    sweep(inputs: $inputs, backends: $backends, reference: $reference, model: $model, tolerance: $tolerance, batch: $batch) {
      done total finished elapsedMs imagesPerSecond verdict reference model { id sha256 labels }
      certificateViolations { code message }
      pairs {
        reference other verdict compared identical labelMismatches differingElements nonFiniteElements maxAbs
        meanAbs l2 maxUlp worstImage
        statistics {
          finiteElements quantileError ulp { max median quantiles { q value } }
          ulpHistogram { from to elements }
        }
      }
      rows {
        image outputs { source prediction { label latencyMs logits { bits } } error { code message } }
        pairs {
          reference other verdict labelsMatch inCertifiedDomain differingElements nonFiniteElements maxAbs
          maxUlp
        }
      }
    }
  }
`);

export type SweepEvent = ResultOf<typeof SWEEP>["sweep"];
/** The part of an event that is kept; its rows are not. */
export type Progress = Omit<SweepEvent, "rows" | "certificateViolations">;
export type SweptPair = Progress["pairs"][number];
export type SweptRow = SweepEvent["rows"][number];
