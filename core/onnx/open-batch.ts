import type { OnnxModel, ValueInfo } from "./graph.ts";

/**
 * Makes a batch of 0 dynamic, in the input and in the output: some exporters write "dynamic" so, but ONNX Runtime
 * then refuses every batch there is.
 * @returns the model itself where no input has one
 */
export function openBatch(model: OnnxModel): { readonly model: OnnxModel; readonly adaptation: string | null } {
  const { graph } = model;
  if (!graph.inputs.some(hasEmptyBatch)) return { model, adaptation: null };
  return {
    model: { ...model, graph: { ...graph, inputs: graph.inputs.map(open), outputs: graph.outputs.map(open) } },
    adaptation: "The batch, given as 0, was made dynamic.",
  };
}

/** The only dimension of a flat picture is no batch. */
function hasEmptyBatch({ shape }: ValueInfo): boolean {
  return shape !== null && shape.length > 1 && shape[0] === 0;
}

function open(value: ValueInfo): ValueInfo {
  return hasEmptyBatch(value) ? { ...value, shape: [-1, ...(value.shape?.slice(1) ?? [])] } : value;
}
