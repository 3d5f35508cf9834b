import type { OnnxModel, ValueInfo } from "./graph.ts";

/**
 * Makes a batch of 0 dynamic: some exporters write "dynamic" so, but ONNX Runtime then refuses every batch. The batch of
 * every output becomes dynamic too, and shapes of inner values are removed, since an optimiser would fold the old batch.
 * @returns the model itself if no input has a batch of 0
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

/** The only dimension of a flat image is not a batch. */
function hasEmptyBatch({ shape }: ValueInfo): boolean {
  return shape !== null && shape.length > 1 && shape[0] === 0;
}

function open(value: ValueInfo): ValueInfo {
  return hasEmptyBatch(value) ? withoutBatch(value) : value;
}

function withoutBatch(value: ValueInfo): ValueInfo {
  return value.shape !== null && value.shape.length > 1 ? { ...value, shape: [-1, ...value.shape.slice(1)] } : value;
}
