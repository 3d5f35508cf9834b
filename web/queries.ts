import { graphql, type ResultOf } from "./graphql.ts";

/** The edge answers this alone, even while the origin is down. */
export const CATALOGUE = graphql(`
  query Catalogue {
    models { id sha256 sizeBytes opset labels inputShape } images { id label url width height }
  }
`);

/** The first model is the default. */
export type Catalogue = ResultOf<typeof CATALOGUE>;
export type Model = Catalogue["models"][number];
export type Image = Catalogue["images"][number];

export const HEALTH = graphql(`
  query Health {
    health {
      version
      backends {
        backend side available reason executionProvider runtime runtimeVersion device hardwareGpu
      }
    }
  }
`);

export type BackendStatus = ResultOf<typeof HEALTH>["health"]["backends"][number];

/** All built-in images on every available backend. */
export const PARITY = graphql(`
  query Parity($model: ID, $tolerance: ToleranceInput) {
    parity(model: $model, tolerance: $tolerance) {
      verdict model { id labels } reference certificateViolations { code message } total
      pairs {
        reference other verdict compared identical labelMismatches differingElements nonFiniteElements maxAbs
        meanAbs l2 maxUlp worstImage
      }
      rows {
        image outputs { source prediction { label latencyMs logits { bits } } error { code message } }
        pairs {
          reference other verdict labelsMatch inCertifiedDomain differingElements maxAbs maxUlp
        }
      }
      startedAt elapsedMs
    }
  }
`);

export type Report = ResultOf<typeof PARITY>["parity"];
export type PairSummary = Report["pairs"][number];
export type ParityRow = Report["rows"][number];
export type RowDrift = ParityRow["pairs"][number];
/** One backend's output for one image: a prediction or an error, never both. */
export type Output = ParityRow["outputs"][number];
