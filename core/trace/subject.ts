import type { BackendId } from "../backends.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import type { NamedTensors } from "../tensors/tensor-value.ts";
import type { PartEvaluator } from "../model/part.ts";

/** One of the two things being traced: a model on a source. */
export interface TraceSubject {
  /** As executed. The same object on both sources if one model is traced. */
  readonly model: OnnxModel;
  readonly evaluator: PartEvaluator;
  /** The backend behind the evaluator; null for a runtime that is not one of isobit's. */
  readonly runsOn: BackendId | null;
  readonly optimizationLevel: string;
}

/** A subject with feeds under its own model's names. */
export interface TracedSource extends TraceSubject {
  readonly feeds: NamedTensors;
}
