import type { Cause } from "../explanation.ts";
import type { ExplainedSource } from "../request.ts";
import type { Elements } from "../../tensors/read-elements.ts";
import type { Call } from "../call.ts";
import { type Dialect, dialectOf } from "../sources.ts";

/** The judgement of one source's result for one element. */
export type Judgement =
  /** The one correct result. */
  | { readonly verdict: "right" }
  /** Another result, which the source's arithmetic may give for a known reason. */
  | { readonly verdict: "legitimate"; readonly cause: Cause; readonly note: string | null; readonly share?: number }
  /** A possible result of a correct evaluation, for an unknown reason. */
  | { readonly verdict: "possible"; readonly note: string | null; readonly share?: number }
  /** Not a possible result of a correct evaluation. */
  | {
      readonly verdict: "wrong";
      readonly exact: number;
      readonly bound: number;
      readonly share?: number;
      /** The result is outside the operator's range, which makes it wrong for any exact value. */
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

export interface Given extends Pick<ExplainedSource, "runsOn" | "tf32" | "outputs"> {
  readonly value: number;
  readonly word: number | bigint;
  readonly dialect: Dialect;
  /** The whole output that the element belongs to; `outputs` has all of the node's. */
  readonly output: Elements;
}

export function givenBy(source: ExplainedSource, output: Elements, index: number): Given {
  return {
    value: output.numbers[index]!,
    word: output.words[index]!,
    dialect: dialectOf(source),
    runsOn: source.runsOn,
    outputs: source.outputs,
    tf32: source.tf32,
    output,
  };
}

export interface OutputJudge {
  /** The expected shape; null if it is not known. */
  readonly dims: readonly number[] | null;
  judge(index: number, given: Given): Judgement;
  /**
   * How NaN and infinities among the inputs must be treated.
   * propagated (default): losing a NaN is a cause of its own, and a shader may assume that there are none.
   * kept on CPUs: only a shader may assume that there are none.
   * kept: every backend must follow the operator's definition.
   */
  readonly nonFinite?: "propagated" | "kept on CPUs" | "kept";
  /** The error bound, if the judge uses one: its formula and the number of roundings. */
  readonly bound?: { readonly formula: string; readonly n: number };
  /** Evaluations in the summation orders of runtimes, to be tried on both sources' bits. */
  readonly orders?: readonly OrderedEvaluation[];
  /** Average number of additions per element for one of them. */
  readonly orderCost?: number;
}

/** One way to compute an output in its own type, including the order of additions. */
export interface OrderedEvaluation {
  readonly description: string;
  /** 1: no parallel partial sums. */
  readonly lanes: number;
  /** The order of operations, equal for ways that differ only in roundings. Null: too wide to show. */
  readonly order: string | null;
  /** Which products are added without rounding; "" for none. */
  readonly fused: string;
  /** The type of the sums. */
  readonly sums: string;
  readonly wide: boolean;
  /** The element computed this way, rounded to the output's type. */
  evaluate(index: number): number;
}

/** Explains one operator: the judge of its only output, or one per output, null for one that is not analysed. */
export type Operator = (call: Call) => OutputJudge | readonly (OutputJudge | null)[];
