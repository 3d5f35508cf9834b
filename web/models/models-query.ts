import { gql } from "urql";
import type { Spoiler } from "#core/certify/certificate.ts";

export interface ProvedNode {
  readonly name: string;
  readonly op: string;
  readonly exact: boolean;
  /** The rule, in words. */
  readonly reason: string;
  /** Every element is a multiple of 2^grid; null where it holds no float32. */
  readonly grid: number | null;
  readonly lowest: number | null;
  readonly highest: number | null;
  /** In units of its grid; null where nothing is summed. */
  readonly boundUnits: number | null;
}

export interface Proof {
  readonly inputDomain: string;
  readonly anyAlgorithm: boolean;
  readonly tf32Safe: boolean;
  /** Share of 2^24, 0 to 1. */
  readonly headroomUsed: number;
  readonly assumptions: readonly string[];
  readonly webgpuFaults: readonly Spoiler[];
  readonly otherAlgorithms: readonly Spoiler[];
  readonly tooWideForTf32: readonly Spoiler[];
  readonly nodes: readonly ProvedNode[];
}

export interface ServedModel {
  readonly id: string;
  readonly sha256: string;
  readonly executedSha256: string;
  readonly sizeBytes: number;
  readonly opset: number;
  readonly labels: readonly string[];
  readonly inputShape: readonly number[];
  readonly preprocess: {
    readonly scale: number;
    readonly mean: readonly number[];
    readonly std: readonly number[];
    readonly invert: boolean;
  };
  readonly adaptations: readonly string[];
  readonly certificate: Proof | null;
  /** Null where there is a certificate. */
  readonly notCertified: string | null;
}

/** All that the edge knows of its models; answered whether or not the origin is up. */
export const MODELS = gql<{ readonly models: readonly ServedModel[] }, Record<string, never>>`
  query Models {
    models {
      id
      sha256
      executedSha256
      sizeBytes
      opset
      labels
      inputShape
      preprocess {
        scale
        mean
        std
        invert
      }
      adaptations
      notCertified
      certificate {
        inputDomain
        anyAlgorithm
        tf32Safe
        headroomUsed
        assumptions
        webgpuFaults {
          ...spoiler
        }
        otherAlgorithms {
          ...spoiler
        }
        tooWideForTf32 {
          ...spoiler
        }
        nodes {
          name
          op
          exact
          reason
          grid
          lowest
          highest
          boundUnits
        }
      }
    }
  }

  fragment spoiler on Spoiler {
    node
    reason
  }
`;
