import { graphql, type ResultOf } from "../graphql.ts";

/** The edge answers this alone, even while the origin is down. */
export const MODELS = graphql(`
  query Models {
    models {
      id sha256 executedSha256 sizeBytes opset labels inputShape preprocess { scale mean std invert }
      adaptations notCertified
      certificate {
        inputDomain covers { backend optimizationLevels } anyAlgorithm tf32Safe headroomUsed assumptions
        webgpuFaults { ...spoiler } otherAlgorithms { ...spoiler } tooWideForTf32 { ...spoiler }
        nodes { name op exact reason grid lowest highest boundUnits }
      }
    }
  }

  fragment spoiler on Spoiler {
    node reason
  }
`);

export type ServedModel = ResultOf<typeof MODELS>["models"][number];
export type Proof = NonNullable<ServedModel["certificate"]>;
export type ProvedNode = Proof["nodes"][number];
