import type { Cause, Explanation } from "../explain/explanation.ts";

/** Every node's output on two sources, compared bit by bit in graph order. */
export interface TraceResult {
  readonly reference: string;
  readonly other: string;
  /** WRONG_RESULT before DRIFT; DRIFT where any node differs, even where the logits agree again. */
  readonly outcome: "IDENTICAL" | "DRIFT" | "WRONG_RESULT";
  /** The first node in graph order whose bits differ. */
  readonly firstDrift: TracedNode | null;
  readonly nodes: readonly TracedNode[];
  /**
   * Where the node's own definition differs (two models are compared): its weights, its attributes or the bodies of its
   * branches and loops. Node names, in graph order. Empty for one model.
   */
  readonly weightsDiffer: readonly string[];
  /** Nodes of either model that the other does not have. Empty for one model. */
  readonly unmatched: { readonly reference: readonly string[]; readonly other: readonly string[] };
  /** What marking every value as an output did to the final outputs of each source. */
  readonly marking: { readonly reference: MarkingEffect; readonly other: MarkingEffect };
}

/** Served outputs against the same outputs when inner values are marked too, on one source. */
export interface MarkingEffect {
  readonly optimizationLevel: string;
  /** The model ran in so many slices, so that memory stays bounded. */
  readonly slices: number;
  /** True: other nodes were fused or another kernel ran. Null: the runtime does not tell, and no output moved. */
  readonly fusionChanged: boolean | null;
  /** Of the final outputs; 0: marking moved nothing. */
  readonly differingElements: number;
  readonly maxAbs: number | null;
  readonly maxUlp: number | null;
}

export interface TracedNode {
  /** Place in the graph. */
  readonly index: number;
  /** Its name in the file, else its first output's. */
  readonly name: string;
  readonly op: string;
  /** Of its first output. */
  readonly dims: readonly number[];
  /** Of all its outputs together. */
  readonly elements: number;
  readonly differingElements: number;
  /** Null where nothing finite was compared. */
  readonly maxAbs: number | null;
  readonly maxUlp: number | null;
  /** Its own inputs were equal in every bit and its output is not. Of a twin that is wired otherwise: what the other's node reads. */
  readonly originatesHere: boolean;
  /** Elements that differ when the node runs alone on both sources with equal inputs; null where it was not run alone. */
  readonly bornElements: number | null;
  /** Alone on its own source with its own inputs, each source gave the traced bits again; null where it was not run alone. */
  readonly reproduced: boolean | null;
  /** NONE where nothing differs, INHERITED where nothing was introduced here, else the explanation's. */
  readonly cause: Cause;
  /** Differing elements that are accounted for: inherited ones and those that the explanation explains. */
  readonly explainedElements: number;
  /** Of what was introduced here; null where nothing was. */
  readonly explanation: Explanation | null;
  /** Why something is not known here (an output that cannot be compared, a node that cannot run alone); null: nothing is missing. */
  readonly note: string | null;
}
