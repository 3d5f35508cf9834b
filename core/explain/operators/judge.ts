import type { BackendId } from "../../backends.ts";
import type { Cause } from "../explanation.ts";
import type { ExplainedSource } from "../request.ts";
import type { Elements } from "../../tensors/read-elements.ts";
import type { Call } from "../call.ts";
import { type Dialect, dialectOf } from "../sources.ts";

/** What one source gave for one element, by itself. */
export type Judgement =
  /** The one correct result. */
  | { readonly verdict: "right" }
  /** Not that one, but one that its arithmetic may give for a reason that is known. */
  | { readonly verdict: "legitimate"; readonly cause: Cause; readonly note: string | null; readonly share?: number }
  /** A correct evaluation may give it; which one did is not known. */
  | { readonly verdict: "possible"; readonly note: string | null; readonly share?: number }
  /** No correct evaluation gives it. */
  | {
      readonly verdict: "wrong";
      readonly exact: number;
      readonly bound: number;
      readonly share?: number;
      /** It leaves the range that holds every value of the operator: true whatever the exact value is. */
      readonly outside?: string;
    };

export const RIGHT: Judgement = Object.freeze({ verdict: "right" });

export function special(note: string): Judgement {
  return { verdict: "legitimate", cause: "SPECIAL_VALUE", note };
}

export function nanNotPropagated(note: string): Judgement {
  return { verdict: "legitimate", cause: "NAN_PROPAGATION", note };
}

export function possible(note: string | null, share?: number): Judgement {
  return share === undefined ? { verdict: "possible", note } : { verdict: "possible", note, share };
}

export function wrong(exact: number, bound = 0, share?: number): Judgement {
  return share === undefined ? { verdict: "wrong", exact, bound } : { verdict: "wrong", exact, bound, share };
}

/** One element as a source gave it. */
export interface Given {
  readonly value: number;
  /** Its bits. */
  readonly word: number | bigint;
  readonly dialect: Dialect;
  /** The backend that gave it; null for a runtime that is not one of isobit's. */
  readonly runsOn: BackendId | null;
  readonly tf32: boolean;
  /** All elements of that source's output. */
  readonly output: Elements;
}

export function givenBy(source: ExplainedSource, output: Elements, index: number): Given {
  return {
    value: output.numbers[index]!,
    word: output.words[index]!,
    dialect: dialectOf(source),
    runsOn: source.runsOn,
    tf32: source.tf32,
    output,
  };
}

/** Says of each element of one output what a source may give. */
export interface OutputJudge {
  /** What the output's shape must be; null where it is not known here. */
  readonly dims: readonly number[] | null;
  judge(index: number, given: Given): Judgement;
  /**
   * What must become of NaN and infinities among the inputs.
   * propagated (the default): a source that loses a NaN has a cause of its own, and a shader may assume that there are none.
   * kept on CPUs: only a shader may assume that there are none.
   * kept: on every backend as the operator is defined.
   */
  readonly nonFinite?: "propagated" | "kept on CPUs" | "kept";
  /** Where the judge goes by an error bound: how it is made, and how many roundings it counts. */
  readonly bound?: { readonly formula: string; readonly n: number };
  /** Evaluations in the orders that runtimes use, to be tried on both sources' bits. */
  readonly orders?: readonly OrderedEvaluation[];
  /** Additions that one of them takes for an element, on average. */
  readonly orderCost?: number;
}

/** One way to compute an output in its own type, order and all. */
export interface OrderedEvaluation {
  readonly description: string;
  /** 1: no partial sums side by side. */
  readonly lanes: number;
  /** Where things are added up, and what is done to sums: equal in two ways that differ in roundings alone. Null: too wide to show it. */
  readonly order: string | null;
  /** Which products are added without being rounded first; "" for none. */
  readonly fused: string;
  /** The type that sums are kept in. */
  readonly sums: string;
  /** That type is wider than the output's. */
  readonly wide: boolean;
  /** The element as this way gives it, rounded to the output's type. */
  evaluate(index: number): number;
}

/** What explains one operator: a judge for each output, null for one that nothing is said about. */
export type Operator = (call: Call) => readonly (OutputJudge | null)[];
