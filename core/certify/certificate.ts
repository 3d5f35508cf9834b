import type { BackendId } from "#core/backends.ts";
import type { TensorClaim } from "./claim.ts";
import type { InputDomain } from "./domain.ts";
import type { Bound } from "./outcome.ts";

/** One node of the graph and what the proof says about it. */
export interface CertifiedNode {
  /** The node's name, or its first output's where it has none. */
  readonly name: string;
  readonly op: string;
  readonly exact: boolean;
  /** Why it is exact, or why not, in one or more sentences. */
  readonly reason: string;
  /** All elements of its output are multiples of 2^grid; null if unknown or not float32. */
  readonly grid: number | null;
  /** Smallest and largest element. */
  readonly interval: readonly [lowest: number, highest: number] | null;
  /** Null if it sums nothing. */
  readonly bound: Bound | null;
  /** A zero in its output may be -0 on some backend. */
  readonly mayBeNegativeZero: boolean;
}

/** A node that prevents a certificate from covering more. */
export interface BlockingNode {
  readonly node: string;
  readonly reason: string;
}

/** A backend that a certificate covers. */
export interface CoveredBackend {
  readonly backend: BackendId;
  /** ONNX Runtime's graph optimisation levels that are covered there. */
  readonly optimizationLevels: readonly string[];
}

/** The proof that a model's outputs have the same bits on every conforming backend. */
export interface Certificate {
  /** Version of the rules that made it. */
  readonly rules: number;
  /** Version of ONNX's standard operator set in the model. */
  readonly opset: number;
  /** The inputs that the proof covers. */
  readonly domain: InputDomain & { readonly input: string };
  /** The same in words, e.g. "integers 0 to 255". */
  readonly inputDomain: string;
  /** A backend that is not listed is not covered. */
  readonly covers: readonly CoveredBackend[];
  /** It holds for every convolution algorithm, Winograd and FFT included. */
  readonly anyAlgorithm: boolean;
  /** It holds with TF32 factors. */
  readonly tf32Safe: boolean;
  /** The largest share of 2^24 units that any sum can reach: at least 0, below 1. */
  readonly headroomUsed: number;
  readonly assumptions: readonly string[];
  readonly nodes: readonly CertifiedNode[];
  /** Nodes that prevent `anyAlgorithm`. */
  readonly otherAlgorithms: readonly BlockingNode[];
  /** Nodes that prevent `tf32Safe`. */
  readonly tooWideForTf32: readonly BlockingNode[];
  /** Nodes that ONNX Runtime's WebGPU provider is known to compute incorrectly: WEBGPU is covered only without any. */
  readonly webgpuFaults: readonly BlockingNode[];
}

export interface Failure extends BlockingNode {
  readonly op: string;
}

export type Certification =
  | {
      readonly certified: true;
      readonly certificate: Certificate;
      /** What holds for each tensor, for a checker that trusts no rule. */
      readonly claims: readonly TensorClaim[];
    }
  | {
      readonly certified: false;
      /** Null if the inputs themselves lie on no common grid. */
      readonly inputDomain: string | null;
      readonly firstFailure: Failure;
      /** Every node; those that depend on a failed one say so. */
      readonly nodes: readonly CertifiedNode[];
    };
