import type { Cause } from "#core/explain/explanation.ts";

/** A cause in plain words. */
interface CauseFace {
  readonly name: string;
  /** One sentence for a reader who does not know it. */
  readonly meaning: string;
}

const CAUSES: Readonly<Record<Cause, CauseFace>> = {
  FUSED_MULTIPLY_ADD: {
    name: "fused multiply-add",
    meaning:
      "One backend rounds each product before it adds it; the other multiplies and adds in one step with a single rounding.",
  },
  SUMMATION_ORDER: {
    name: "summation order",
    meaning: "Both backends add the same products in a different order, and float32 sums depend on the order.",
  },
  TF32: {
    name: "TF32",
    meaning:
      "One backend rounds the factors to 11 significant bits before it multiplies them, as NVIDIA's tensor cores do.",
  },
  WIDER_ACCUMULATION: {
    name: "wider accumulation",
    meaning:
      "One backend adds in a wider number type than the other, or compensates rounding errors, so that fewer of them remain.",
  },
  REDUCED_PRECISION: {
    name: "reduced precision",
    meaning: "A backend computes in a narrower number type than the model specifies.",
  },
  APPROXIMATED_FUNCTION: {
    name: "approximated function",
    meaning:
      "exp, tanh, erf and similar functions have no exact float32 result; each runtime approximates them differently.",
  },
  SPECIAL_VALUE: {
    name: "special value",
    meaning: "The backends treat signed zeros, NaN payloads, infinities or subnormal numbers differently.",
  },
  NAN_PROPAGATION: {
    name: "lost NaN",
    meaning: "The result should be NaN, but a backend ignored or replaced a NaN among the inputs.",
  },
  BATCH_DEPENDENCE: {
    name: "batch dependence",
    meaning: "The result for one input depends on the other inputs of its batch.",
  },
  INT8_SATURATION: {
    name: "int8 saturation",
    meaning: "A 16-bit intermediate sum of an int8 kernel overflowed on one backend and was clamped.",
  },
  WRONG_RESULT: {
    name: "WRONG RESULT",
    meaning: "A backend's result is outside the possible rounding error: this is a bug, not rounding.",
  },
  INHERITED: {
    name: "inherited",
    meaning: "The inputs differ already; the node itself adds no difference.",
  },
  UNDETERMINED: {
    name: "undetermined",
    meaning: "This is rounding, but several ways of computing explain the differing elements equally well.",
  },
  UNEXPLAINED: {
    name: "unexplained",
    meaning: "Within the rounding error of a correct evaluation, but no hypothesis reproduces the bits.",
  },
  NONE: { name: "none", meaning: "No bits differ." },
};

/** A cause that this page does not know is returned as it is. */
export function causeName(cause: string): string {
  return Object.hasOwn(CAUSES, cause) ? CAUSES[cause as Cause].name : cause;
}

export function causeMeaning(cause: string): string | null {
  return Object.hasOwn(CAUSES, cause) ? CAUSES[cause as Cause].meaning : null;
}
