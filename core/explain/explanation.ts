import type { BackendId } from "../backends.ts";

/** Why an element of a node's output has other bits on another backend although both had the same inputs. */
export const CAUSES = Object.freeze({
  FUSED_MULTIPLY_ADD: "One source rounds a product before it adds it, the other does not.",
  SUMMATION_ORDER: "Both round alike, but add, or scale the sum, in another order or in other blocks.",
  TF32: "One source rounded the factors to 11 significant bits.",
  WIDER_ACCUMULATION:
    "One source adds in a wider type, or compensates the rounding errors of its sum, as Kahan's sum does.",
  REDUCED_PRECISION: "A source computed in a narrower type than the graph declares.",
  APPROXIMATED_FUNCTION: "exp, tanh, erf and similar functions: each runtime approximates them in its own way.",
  SPECIAL_VALUE: "-0 and +0, NaN payloads, subnormals flushed to zero, or infinities where a runtime may assume none.",
  NAN_PROPAGATION: "A source gave a number where NaN is expected: it ignored or replaced a NaN among the inputs.",
  BATCH_DEPENDENCE: "The result for one input depends on the other inputs of its batch.",
  INT8_SATURATION: "An int16 intermediate value of an int8 kernel overflowed and was clamped.",
  WRONG_RESULT: "The result is outside the possible rounding error. No tolerance hides it.",
  INHERITED: "The inputs already differed.",
  UNDETERMINED: "Rounding, but several ways to compute reproduce the bits, or the elements do not rule out chance.",
  UNEXPLAINED: "Within the possible rounding error, but no hypothesis reproduces the bits.",
  NONE: "No bit differs.",
});

export type Cause = keyof typeof CAUSES;

export interface CauseCount {
  readonly cause: Cause;
  /** Elements that it accounts for. */
  readonly elements: number;
}

/** The summation order of a whole node, which determines the bits. */
export interface SumOrder {
  /** In words, e.g. "sequential, in blocks of 128 along K, bias last". */
  readonly description: string;
  /** Products summed before the block's sum is added to the total; null: one block. */
  readonly block: number | null;
  readonly bias: "first" | "last" | "none";
  /** Parallel partial sums (SIMD lanes or unrolling) that are combined at the end; 1: none. */
  readonly lanes: number;
}

/** One way in which a source may have computed its sums. */
export interface SumArithmetic {
  readonly order: SumOrder;
  /** Products are not rounded before they are added. */
  readonly fused: boolean;
  /** Factors are rounded to TF32. */
  readonly tf32: boolean;
  /** Sums, or the totals of their blocks, have a wider type than the output. */
  readonly wide: boolean;
}

/** One hypothesis about a node, tested on both sources' bits. */
export interface Hypothesis {
  readonly reference: SumArithmetic;
  readonly other: SumArithmetic;
  /** Share of all output elements whose bits it reproduces on both sources, 0 to 1. */
  readonly matchRate: number;
  /**
   * The best rate of the same search on a sample where each element received the ULP errors of another element on both
   * sources: the rate that chance alone reaches.
   */
  readonly controlMatchRate: number;
  /** Number of hypotheses tried. */
  readonly tried: number;
}

/** The largest possible rounding error of a correct evaluation. */
export interface ErrorBound {
  /** elementwise: each element has its own bound. normwise: the output's largest bound applies (Winograd, FFT). */
  readonly kind: "elementwise" | "normwise";
  /** In words, with the source of the formula. */
  readonly formula: string;
  /** Number of roundings per element. */
  readonly n: number;
  /** Unit roundoff of each source: 2^-24 for float32, 2^-11 with TF32. */
  readonly unitRoundoff: { readonly reference: number; readonly other: number };
  /** The largest |result - exact| / bound of either source; above 1 is wrong. */
  readonly worstShare: number;
}

/** The worst element of a source that has results outside the bound. */
export interface WrongElement {
  readonly side: "reference" | "other";
  /** Elements of that source outside the bound. */
  readonly elements: number;
  /** Index of the worst element in the flat output. */
  readonly index: number;
  readonly value: number;
  /** In double precision or better; NaN if NaN is correct, or if the value is not known. */
  readonly exact: number;
  /** NaN if neither the exact value nor a bound is known. */
  readonly bound: number;
}

/** Where one source's bits were computed. */
export interface ComputedOn {
  /** The name to show, e.g. "CPU" or "CUDA net-cpu.onnx". */
  readonly source: string;
  /** Null for a runtime that is not one of isobit's. */
  readonly backend: BackendId | null;
  readonly optimizationLevel: string;
}

/** The result of analysing one node's difference on bit-identical inputs. */
export interface Explanation {
  /** The most severe cause of any element; see gravestOf. */
  readonly cause: Cause;
  /** All causes, most elements first. Their counts add up to the number of differing elements. */
  readonly causes: readonly CauseCount[];
  /** The remaining causes of UNDETERMINED elements. Empty if no element is UNDETERMINED. */
  readonly consistentWith: readonly Cause[];
  /** Elements with a proved cause: neither UNEXPLAINED nor UNDETERMINED. */
  readonly explainedElements: number;
  readonly unexplainedElements: number;
  /** Flat indices of up to 16 unexplained elements. */
  readonly unexplainedIndices: readonly number[];
  readonly hypothesis: Hypothesis | null;
  readonly bound: ErrorBound | null;
  readonly wrong: readonly WrongElement[];
  /** Further information for the reader, in sentences. */
  readonly notes: readonly string[];
  readonly computedOn: { readonly reference: ComputedOn; readonly other: ComputedOn };
}
