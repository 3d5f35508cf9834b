import type { ImageModel } from "#core/model/model.ts";
import type { ValueInfo } from "#core/onnx/graph.ts";
import { readInput } from "#core/model/image-input.ts";
import type { ServedModel } from "../stack/served-models.ts";

/** The model's input as the graph declares it, whose geometry core reads as it does when a file is loaded. */
export function valueOf({ inputShape }: ServedModel): ValueInfo {
  return { name: "input", elementType: "float32", shape: inputShape, dimNames: inputShape.map(() => null) };
}

/** What opening images needs of a model. */
export function takerOf(model: ServedModel): ImageModel {
  const { id, sha256, labels, preprocess } = model;
  const graph = {
    name: id,
    nodes: [],
    inputs: [valueOf(model)],
    weightInputs: [],
    outputs: [],
    initializers: new Map(),
    valueInfo: [],
  };
  return { id, sha256, labels, preprocess, input: readInput(graph) };
}
