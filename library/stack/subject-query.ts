import { graphql } from "./graphql.ts";

/** What a side has, and which models it serves. */
export const SUBJECT_QUERY = graphql(`
  {
    health {
      backends {
        backend side available reason executionProvider runtime runtimeVersion optimizationLevel device
        hardwareGpu
      }
      peers { id url protocol concurrency available reason }
    }
    models {
      id sha256 executedSha256 labels inputShape preprocess { scale mean std invert }
    }
  }
`);
