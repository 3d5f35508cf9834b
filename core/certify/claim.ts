import type { Value } from "./value.ts";

/**
 * What a certificate claims about one tensor, for every input of the domain. Claims cover the model's input and every
 * output of every node, in execution order, so that each can be checked from those before it.
 */
export type TensorClaim = FloatClaim | IntegerClaim;

interface FloatClaim {
  readonly tensor: string;
  readonly type: "float32";
  /** A number, or the symbol of an unknown size; equal symbols mean equal sizes. Null if the rank is unknown. */
  readonly dims: readonly (number | string)[] | null;
  /** One for the whole tensor, or one per index of axis 1. */
  readonly ranges: readonly RangeClaim[];
  /** A zero in the tensor may be -0 on some backend. */
  readonly mayBeNegativeZero: boolean;
}

/**
 * Each element is n x 2^exponent for an integer n from `lo` to `hi`. `terms` bounds, in the same unit, the sum of the
 * absolute values of everything added up to make the element, over all nodes that an optimiser may merge into one sum; it
 * is at least max(|lo|, |hi|), and below 2^24 wherever something is summed. A range that holds only 0 is [30, 0, 0, 0].
 */
type RangeClaim = readonly [exponent: number, lo: number, hi: number, terms: number];

/** Integers that describe shapes, known before the model runs except for the symbols of dynamic sizes. */
interface IntegerClaim {
  readonly tensor: string;
  readonly type: "integers";
  readonly dims: readonly number[];
  readonly elements: readonly (number | string)[];
}

/** Null for a tensor of a type that no rule computes with. */
export function claimOf(tensor: string, value: Value): TensorClaim | null {
  switch (value.kind) {
    case "float":
      return {
        tensor,
        type: "float32",
        dims: value.dims,
        ranges: value.ranges.map(({ exponent, lo, hi, terms }) => [exponent, lo, hi, terms]),
        mayBeNegativeZero: value.negativeZero !== null,
      };
    case "integers":
      return { tensor, type: "integers", dims: value.dims, elements: value.elements };
    case "other":
      return null;
  }
}
