import type { GraphNode, Tensor } from "#core/onnx/graph.ts";
import type { Rule } from "./outcome.ts";

/** What is known of an operator that can be certified. */
export interface OperatorRule {
  readonly rule: Rule;
  readonly rows: RowTreatment;
}

/** By ONNX's name of the operator. */
export type OperatorRules = Readonly<Record<string, OperatorRule>>;

/** How an operator treats the rows of its first input. */
type RowTreatment =
  /** Each row independently, keeping the rank. */
  | "each row"
  /** As all its operands together do. */
  | "elementwise"
  /** Depends on its weights and attributes. */
  | ((node: GraphNode, rank: number, constant: ConstantOf) => number | null)
  /** It may mix rows, or following them is not worthwhile: the graph counts as not independent. */
  | "not followed";

export type ConstantOf = (name: string | undefined) => Tensor | undefined;
