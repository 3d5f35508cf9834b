import type { Attribute } from "#core/onnx/graph.ts";
import { int, ints, type GraphBuilder } from "#core/onnx/graph-builder.ts";
import { sizeOf, type ConvLayer, type LinearLayer, type Window } from "../network.ts";

export type Convolution = Pick<ConvLayer, "weights" | "bias" | "groups" | "inputChannels" | "window">;

/** A Conv node, always with a bias: without one, the sign of a zero depends on the backend. */
export function addConvolution(
  graph: GraphBuilder,
  input: string,
  output: string,
  conv: Convolution,
  owner: string,
): string {
  const { weights, bias, groups, inputChannels, window } = conv;
  const dims = [bias.length, inputChannels / groups, ...window.kernel];
  const inputs = [
    input,
    graph.floats(`${owner}.weight`, dims, weights),
    graph.floats(`${owner}.bias`, [bias.length], bias),
  ];
  return graph.node("Conv", output, inputs, {
    ...(groups === 1 ? {} : { group: int(groups) }),
    ...windowAttributes(window),
  });
}

export function windowAttributes({ kernel, strides, dilations, pads }: Window): Record<string, Attribute> {
  return {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    ...(sizeOf(dilations) === 1 ? {} : { dilations: ints(dilations) }),
    ...(pads.every((count) => count === 0) ? {} : { pads: ints(pads) }),
  };
}

/** A Gemm node, always with a bias. */
export function addProduct(
  graph: GraphBuilder,
  input: string,
  output: string,
  { weights, bias }: Pick<LinearLayer, "weights" | "bias">,
  owner: string,
): string {
  const matrix = graph.floats(`${owner}.weight`, [bias.length, weights.length / bias.length], weights);
  return graph.node("Gemm", output, [input, matrix, graph.floats(`${owner}.bias`, [bias.length], bias)], {
    transB: int(1),
  });
}
