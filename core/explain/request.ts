import type { BackendId } from "../backends.ts";
import type { GraphNode } from "../onnx/graph.ts";
import type { TensorValue } from "../tensors/tensor-value.ts";

/** One source of a comparison: its outputs, and what is known about its arithmetic. */
export interface ExplainedSource {
  /** The name to show ("CPU", "WASM level=all", "CUDA net-cpu.onnx"). It says nothing about the arithmetic. */
  readonly source: string;
  /** The backend that computed its outputs; null for a runtime that is not one of isobit's. */
  readonly runsOn: BackendId | null;
  readonly optimizationLevel: string;
  /** Its factors may be rounded to TF32. */
  readonly tf32: boolean;
  /** One per named output of the node; null for an output that the node omits. */
  readonly outputs: readonly (TensorValue | null)[];
}

/** One node, run alone on both sources with bit-identical inputs. */
export interface NodeRequest {
  readonly node: GraphNode;
  /** Version of ONNX's own operators in the model. */
  readonly opset: number;
  /** In the node's order, constants included; null for an omitted optional input. */
  readonly inputs: readonly (TensorValue | null)[];
  readonly reference: ExplainedSource;
  readonly other: ExplainedSource;
  /** Further backends that ran the node on the same inputs, to say which source is alone. */
  readonly jury?: readonly ExplainedSource[];
}
