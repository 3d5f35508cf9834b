import type { NamedTensors } from "../tensors/tensor-value.ts";
import type { GraphNode, OnnxModel, ValueInfo } from "./graph.ts";

/**
 * A model whose placement can be read: every node has a name of its own, by which the runtime's profile calls it, and the
 * dimensions of the inputs are those of `feeds`, so that optimisers fold what computes shapes.
 * @param feeds one tensor per input; null leaves the dimensions open
 * @returns the model itself where nothing has to be changed
 */
export function prepareForPlacement(model: OnnxModel, feeds: NamedTensors | null): OnnxModel {
  const { graph } = model;
  const byName = Map.groupBy(graph.nodes, ({ name }) => name);
  const isOwn = ({ name }: GraphNode): boolean => name !== "" && byName.get(name)!.length === 1;
  const isNamed = graph.nodes.every(isOwn);
  const isFixed = feeds === null || graph.inputs.every(({ shape }) => shape !== null && !shape.includes(-1));
  if (isNamed && isFixed) return model;
  const nodes = graph.nodes.map((node, index) =>
    isOwn(node) ? node : { ...node, name: `${node.name || node.op}@${index}` },
  );
  const inputs = feeds === null ? graph.inputs : graph.inputs.map((input) => fixed(input, feeds));
  // Stated shapes of inner values may name the dimensions that are fixed now.
  const valueInfo = isFixed ? graph.valueInfo : [];
  return { ...model, graph: { ...graph, nodes, inputs, valueInfo } };
}

function fixed(input: ValueInfo, feeds: NamedTensors): ValueInfo {
  const fed = feeds.get(input.name);
  return fed === undefined ? input : { ...input, shape: fed.dims, dimNames: fed.dims.map(() => null) };
}
