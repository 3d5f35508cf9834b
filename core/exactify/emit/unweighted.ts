import type { JoinLayer, MaxPoolLayer, MoveLayer } from "../network.ts";
import { int, ints, type GraphBuilder } from "#core/onnx/graph-builder.ts";
import { windowAttributes } from "./linear-nodes.ts";

/** The nodes of layers without weights, the same in float and exact models. */
export function addUnweighted(
  graph: GraphBuilder,
  layer: MoveLayer | MaxPoolLayer | JoinLayer,
  inputs: readonly string[],
  output: string,
): string {
  switch (layer.kind) {
    case "maxPool":
      return graph.node("MaxPool", output, inputs, windowAttributes(layer.window));
    case "move":
      return addMove(graph, layer, inputs, output);
    case "join":
      return layer.how === "concat"
        ? graph.node("Concat", output, inputs, { axis: int(1) })
        : graph.node("Add", output, inputs);
  }
}

function addMove(graph: GraphBuilder, { order, shape }: MoveLayer, inputs: readonly string[], output: string): string {
  if (order !== null)
    return graph.node("Transpose", output, inputs, { perm: ints([0, ...order.map((axis) => axis + 1)]) });
  if (shape.length === 1) return graph.node("Flatten", output, inputs, { axis: int(1) });
  return graph.node("Reshape", output, [
    ...inputs,
    graph.integers(`${output}.shape`, [shape.length + 1], [-1, ...shape]),
  ]);
}
