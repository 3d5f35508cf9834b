import type { BackendId } from "#core/backends.ts";
import type { TensorClaim } from "./claim.ts";
import type { InputDomain } from "./domain.ts";
import type { Bound } from "./outcome.ts";

/** One node of the graph and what the proof says of it. */
export interface CertifiedNode {
  /** The node's name, or its first output's where it has none. */
  readonly name: string;
  readonly op: string;
  readonly exact: boolean;
  /** One sentence or more: why it is exact, or why not. */
  readonly reason: string;
  /** All elements of its output are multiples of 2^grid; null where nothing is known or it holds no float32. */
  readonly grid: number | null;
  /** Smallest and largest element. */
  readonly interval: readonly [lowest: number, highest: number] | null;
  /** Null where nothing is summed. */
  readonly bound: Bound | null;
  /** A zero in its output may be -0 on some backend. */
  readonly mayBeNegativeZero: boolean;
}

export interface Spoiler {
  readonly node: string;
  readonly reason: string;
}

/** A backend that the proof holds on, and where. */
export interface CoveredBackend {
  readonly backend: BackendId;
  /** ONNX Runtime's levels of graph optimisation at which it holds there. */
  readonly optimizationLevels: readonly string[];
}

/** The proof that a model's outputs have the same bits on every conforming backend. */
export interface Certificate {
  /** Version of the rules that made it. */
  readonly rules: number;
  /** Version of ONNX's own operators in the model. */
  readonly opset: number;
  /** The inputs that the proof speaks of. */
  readonly domain: InputDomain & { readonly input: string };
  /** The same in words, e.g. "integers 0 to 255". */
  readonly inputDomain: string;
  /** Where it holds. A backend that is not listed is not covered. */
  readonly covers: readonly CoveredBackend[];
  /** It holds for every convolution algorithm, Winograd and FFT included. */
  readonly anyAlgorithm: boolean;
  /** It holds with TF32 factors. */
  readonly tf32Safe: boolean;
  /** The largest share of 2^24 units that any sum can reach: at least 0, below 1. */
  readonly headroomUsed: number;
  readonly assumptions: readonly string[];
  readonly nodes: readonly CertifiedNode[];
  /** The nodes that keep `anyAlgorithm` false. */
  readonly otherAlgorithms: readonly Spoiler[];
  /** The nodes that keep `tf32Safe` false. */
  readonly tooWideForTf32: readonly Spoiler[];
  /** The nodes that ONNX Runtime's WEBGPU is known to compute wrongly: with any, the certificate does not cover it. */
  readonly webgpuFaults: readonly Spoiler[];
}

export interface Failure {
  readonly node: string;
  readonly op: string;
  readonly reason: string;
}

export type Certification =
  | {
      readonly certified: true;
      readonly certificate: Certificate;
      /** Of every tensor, for a checker that trusts no rule. */
      readonly claims: readonly TensorClaim[];
    }
  | {
      readonly certified: false;
      /** Null where the inputs themselves are off every grid. */
      readonly inputDomain: string | null;
      readonly firstFailure: Failure;
      /** Up to the last node; those that rest on a failed one say so. */
      readonly nodes: readonly CertifiedNode[];
    };
