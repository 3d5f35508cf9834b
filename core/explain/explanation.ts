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

/** The order of additions, for a whole node: the bits follow from it. */
export interface SumOrder {
  /** In words: "one after another, blocks of 128 along K, bias last". */
  readonly description: string;
  /** Products summed before the block's sum is added to the rest; null: one block. */
  readonly block: number | null;
  readonly bias: "first" | "last" | "none";
  /** Partial sums side by side (SIMD lanes or unrolling) that are joined at the end; 1: none. */
  readonly lanes: number;
}

/** One way in which a source may have computed its sums. */
export interface SumArithmetic {
  readonly order: SumOrder;
  /** Products are added without being rounded first. */
  readonly fused: boolean;
  /** Factors are rounded to TF32. */
  readonly tf32: boolean;
  /** Sums, or the totals of their blocks, are kept in a wider type than the output's. */
  readonly wide: boolean;
}

/** One hypothesis about a node that was tried on both sources' bits. */
export interface Hypothesis {
  readonly reference: SumArithmetic;
  readonly other: SumArithmetic;
  /** Elements of the node, over all of its output, whose bits it reproduces on both sources, as a share of all, 0 to 1. */
  readonly matchRate: number;
  /**
   * The same search's best rate, on a sample, after each element took over from another one how many ULP both sources'
   * outputs lay beside the exact value: what chance alone gives.
   */
  readonly controlMatchRate: number;
  /** How many hypotheses were tried. */
  readonly tried: number;
}

/** How far any correct evaluation may lie from the exact result. */
export interface ErrorBound {
  /** elementwise: each element by its own bound. normwise: against the largest bound of the output (Winograd, FFT). */
  readonly kind: "elementwise" | "normwise";
  /** In words, with the source of the formula. */
  readonly formula: string;
  /** Roundings that an element can go through. */
  readonly n: number;
  /** Unit roundoff of each source: 2^-24 for float32, 2^-11 where TF32 is on. */
  readonly unitRoundoff: { readonly reference: number; readonly other: number };
  /** The largest |result - exact| / bound of either source: above 1 is wrong. */
  readonly worstShare: number;
}

/** A source whose bits no correct evaluation gives, at the element where it is worst. */
export interface WrongElement {
  readonly side: "reference" | "other";
  /** Elements of that source beyond the bound. */
  readonly elements: number;
  /** Index of the worst element in the flat output. */
  readonly index: number;
  readonly value: number;
  /** In double precision or better; NaN where that is right, and where it is not known. */
  readonly exact: number;
  /** NaN where neither the exact value nor a bound is known. */
  readonly bound: number;
}

/** Where one source's bits were computed. */
export interface ComputedOn {
  /** The name it is shown by, e.g. "CPU" or "CUDA net-cpu.onnx". */
  readonly source: string;
  /** Null for a runtime that is not one of isobit's. */
  readonly backend: BackendId | null;
  readonly optimizationLevel: string;
}

/** What is known about one node's difference on bit-equal inputs. */
export interface Explanation {
  /** The gravest cause that accounts for an element; see gravestOf. */
  readonly cause: Cause;
  /** All causes that account for an element, most elements first; they sum up to the differing elements. */
  readonly causes: readonly CauseCount[];
  /** What UNDETERMINED elements are consistent with: the causes that remain. Empty where no element is UNDETERMINED. */
  readonly consistentWith: readonly Cause[];
  /** Elements accounted for by a settled cause: neither UNEXPLAINED nor UNDETERMINED. */
  readonly explainedElements: number;
  readonly unexplainedElements: number;
  /** Up to 16 flat indices of elements that stay unexplained. */
  readonly unexplainedIndices: readonly number[];
  readonly hypothesis: Hypothesis | null;
  readonly bound: ErrorBound | null;
  readonly wrong: readonly WrongElement[];
  /** What else a reader should know, in sentences. */
  readonly notes: readonly string[];
  readonly computedOn: { readonly reference: ComputedOn; readonly other: ComputedOn };
}
