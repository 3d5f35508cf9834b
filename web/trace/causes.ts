import type { Cause } from "#core/explain/explanation.ts";

/** A cause as a person would say it. */
interface CauseFace {
  readonly name: string;
  /** One sentence for a reader who meets it for the first time. */
  readonly meaning: string;
}

const CAUSES: Readonly<Record<Cause, CauseFace>> = {
  FUSED_MULTIPLY_ADD: {
    name: "fused multiply-add",
    meaning:
      "One backend rounds each product before adding it; the other multiplies and adds in one step, with one rounding.",
  },
  SUMMATION_ORDER: {
    name: "order of summing",
    meaning: "Both round alike but add the same products in another order, and float32 sums depend on their order.",
  },
  TF32: {
    name: "TF32",
    meaning: "One backend rounds the factors to 11 significant bits before multiplying, as NVIDIA's tensor cores do.",
  },
  WIDER_ACCUMULATION: {
    name: "wider sums",
    meaning:
      "One backend adds in a wider number type than the other, or carries the rounding errors of its sum along, so that fewer roundings show.",
  },
  REDUCED_PRECISION: {
    name: "narrower type",
    meaning: "A backend computes in a narrower number type than the model asks for.",
  },
  APPROXIMATED_FUNCTION: {
    name: "approximated function",
    meaning: "exp, tanh, erf and their like have no exact result; each runtime approximates them in its own way.",
  },
  SPECIAL_VALUE: {
    name: "special value",
    meaning: "Zeros of either sign, NaN payloads, infinities or numbers next to zero are treated differently.",
  },
  NAN_PROPAGATION: {
    name: "lost NaN",
    meaning: "NaN was expected, but a backend ignored a NaN among the inputs or took it for another value.",
  },
  INT8_SATURATION: {
    name: "int8 saturation",
    meaning: "A 16-bit intermediate sum of an int8 kernel overflowed and was clamped on one backend.",
  },
  WRONG_RESULT: {
    name: "WRONG RESULT",
    meaning: "A backend gave what no correct evaluation of the node's inputs can give: this is a fault, not rounding.",
  },
  INHERITED: {
    name: "inherited",
    meaning: "The difference came in with the inputs; the node itself adds none.",
  },
  UNDETERMINED: {
    name: "not determined",
    meaning: "This is rounding, but the differing elements do not tell which of several ways of computing caused it.",
  },
  UNEXPLAINED: {
    name: "unexplained",
    meaning: "Within the bound of a correct evaluation, but nothing that was tried reproduces the bits.",
  },
  NONE: { name: "none", meaning: "No bit differs." },
};

/** Also of a cause that this page is too old to know. */
export function causeName(cause: string): string {
  return Object.hasOwn(CAUSES, cause) ? CAUSES[cause as Cause].name : cause;
}

export function causeMeaning(cause: string): string | null {
  return Object.hasOwn(CAUSES, cause) ? CAUSES[cause as Cause].meaning : null;
}
