import type { Cause, Explanation } from "../explain/explanation.ts";

/** Every node's output on two sources, compared bit by bit in graph order. */
export interface TraceResult {
  readonly reference: string;
  readonly other: string;
  /** WRONG_RESULT takes precedence over DRIFT. DRIFT where any node differs, even if the logits are equal again. */
  readonly outcome: "IDENTICAL" | "DRIFT" | "WRONG_RESULT";
  /** The first node in graph order whose bits differ. */
  readonly firstDrift: TracedNode | null;
  readonly nodes: readonly TracedNode[];
  /**
   * Nodes whose own definition differs between two models: weights, attributes or the bodies of branches and loops.
   * Names in graph order. Empty for one model.
   */
  readonly weightsDiffer: readonly string[];
  /** Nodes of either model that the other does not have. Empty for one model. */
  readonly unmatched: { readonly reference: readonly string[]; readonly other: readonly string[] };
  /** How exposing every value as an output affected the final outputs of each source. */
  readonly marking: { readonly reference: MarkingEffect; readonly other: MarkingEffect };
}

/** Served outputs compared with the same outputs while intermediate values are exposed, on one source. */
export interface MarkingEffect {
  readonly optimizationLevel: string;
  /** Number of slices that the model ran in to bound memory. */
  readonly slices: number;
  /** True: other nodes were fused or another kernel ran. Null: the runtime does not say, and no output changed. */
  readonly fusionChanged: boolean | null;
  /** Of the final outputs; 0: exposing intermediate values changed nothing. */
  readonly differingElements: number;
  readonly maxAbs: number | null;
  readonly maxUlp: number | null;
}

export interface TracedNode {
  /** Place in the graph. */
  readonly index: number;
  /** Its name in the file, or its first output's name if it has none. */
  readonly name: string;
  readonly op: string;
  /** Of its first output. */
  readonly dims: readonly number[];
  /** Over all its outputs. */
  readonly elements: number;
  readonly differingElements: number;
  /** Null if no finite elements were compared. */
  readonly maxAbs: number | null;
  readonly maxUlp: number | null;
  /** Its inputs were equal in every bit and its output is not. Of a node wired differently: the other's inputs. */
  readonly originatesHere: boolean;
  /** Elements that differ when the node runs alone on both sources with equal inputs; null if it was not run alone. */
  readonly bornElements: number | null;
  /** Running alone on its own inputs, each source reproduced its traced bits; null if it was not run alone. */
  readonly reproduced: boolean | null;
  /** NONE if nothing differs or nothing was compared (see `isCompared`), INHERITED if nothing was introduced here, otherwise the explanation's cause. */
  readonly cause: Cause;
  /** Differing elements that are accounted for: inherited or explained. */
  readonly explainedElements: number;
  /** Of what was introduced here; null if nothing was. */
  readonly explanation: Explanation | null;
  /**
   * Why a result is missing, e.g. an output that cannot be compared, or does not describe the model as it is served; null
   * if neither applies.
   */
  readonly note: string | null;
}

/** False if no output of the node could be compared, which its note explains: then NONE means nothing. */
export function isCompared({ elements, note }: Pick<TracedNode, "elements" | "note">): boolean {
  return elements > 0 || note === null;
}
