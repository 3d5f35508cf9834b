import type { OnnxModel, ValueInfo } from "./graph.ts";

/**
 * Makes a batch of 0 dynamic: some exporters write "dynamic" so, but ONNX Runtime then refuses every batch there is. The
 * batch of every output becomes dynamic too, and shapes noted for values inside go, since they speak of the old batch and
 * an optimiser would fold them into the graph.
 * @returns the model itself where no input has one
 */
export function openBatch(model: OnnxModel): { readonly model: OnnxModel; readonly adaptation: string | null } {
  const { graph } = model;
  if (!graph.inputs.some(hasEmptyBatch)) return { model, adaptation: null };
  return {
    model: {
      ...model,
      graph: { ...graph, inputs: graph.inputs.map(open), outputs: graph.outputs.map(withoutBatch), valueInfo: [] },
    },
    adaptation: "The batch, given as 0, was made dynamic.",
  };
}

/** The only dimension of a flat image is no batch. */
function hasEmptyBatch({ shape }: ValueInfo): boolean {
  return shape !== null && shape.length > 1 && shape[0] === 0;
}

function open(value: ValueInfo): ValueInfo {
  return hasEmptyBatch(value) ? withoutBatch(value) : value;
}

function withoutBatch(value: ValueInfo): ValueInfo {
  return value.shape !== null && value.shape.length > 1 ? { ...value, shape: [-1, ...value.shape.slice(1)] } : value;
}
