import type { ModelInfo } from "#core/model/model.ts";
import type { ValueInfo } from "#core/onnx/graph.ts";
import { readInput } from "#core/model/image-input.ts";
import type { SweptModel } from "./subject.ts";

/** The model's input as the graph declares it, whose geometry core reads as it does when a file is loaded. */
export function valueOf({ inputShape }: SweptModel): ValueInfo {
  return { name: "input", elementType: "float32", shape: inputShape, dimNames: inputShape.map(() => null) };
}

/** What opening images needs to know of a model; the rest is not known here. */
export function takerOf(model: SweptModel): ModelInfo {
  const { id, sha256, executedSha256, labels, preprocess } = model;
  const graph = {
    name: id,
    nodes: [],
    inputs: [valueOf(model)],
    weightInputs: [],
    outputs: [],
    initializers: new Map(),
    valueInfo: [],
  };
  return {
    id,
    sha256,
    executedSha256,
    labels,
    preprocess,
    input: readInput(graph),
    output: { name: "logits" },
    sizeBytes: 0,
    opset: 0,
    adaptations: [],
    external: [],
    proof: { certificate: null, domain: null, rowsIndependent: false, failure: { node: "", op: "", reason: "" } },
  };
}
