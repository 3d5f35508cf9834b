import type { OnnxModel } from "#core/onnx/graph.ts";
import { biasOver } from "../input-channels.ts";
import type { ConvLayer, Interval, Layer, Network } from "../network.ts";
import { isPadded } from "../window.ts";
import { GraphBuilder, port } from "#core/onnx/graph-builder.ts";
import { addConvolution, addProduct } from "./linear-nodes.ts";
import { addUnweighted } from "./unweighted.ts";

/**
 * The folded network in float32, with chosen values as further outputs: calibration measures them, and they show that
 * folding changed only roundings.
 */
export function floatModel(network: Network, observed: readonly string[]): OnnxModel {
  const graph = new GraphBuilder();
  for (const layer of network.layers) addLayer(graph, layer);
  const outputs = [...new Set([...observed, network.output])].map((name) => port(name, "float32", null));
  return graph.model(
    "isobit exactify",
    "exact",
    [port(network.input.name, "float32", ["N", ...network.input.shape])],
    outputs,
  );
}

function addLayer(graph: GraphBuilder, layer: Layer): void {
  const { name, inputs } = layer;
  switch (layer.kind) {
    case "conv":
      return addCut(graph, addConv(graph, layer, cutName(layer)), name, layer.clip);
    case "dense":
      return addCut(graph, addProduct(graph, inputs[0]!, cutName(layer), layer, name), name, layer.clip);
    case "join":
      return addCut(graph, addUnweighted(graph, layer, inputs, cutName(layer)), name, layer.clip);
    case "clip":
      return addCut(graph, inputs[0]!, name, layer.clip);
    case "move":
    case "maxPool":
      addUnweighted(graph, layer, inputs, name);
      return;
    default:
      throw new Error(`the layer kind ${layer.kind} was not folded`);
  }
}

function cutName({ name, clip }: { readonly name: string; readonly clip: Interval }): string {
  return cuts(clip) ? `${name}.uncut` : name;
}

function addCut(graph: GraphBuilder, input: string, name: string, clip: Interval): void {
  if (input === name) return;
  const bounds = [clip.lowest, clip.highest].map((end, at) =>
    Number.isFinite(end) ? graph.floats(`${name}.${at === 0 ? "lowest" : "highest"}`, [], [end]) : "",
  );
  graph.node("Clip", name, [input, ...bounds]);
}

function cuts({ lowest, highest }: Interval): boolean {
  return lowest > -Infinity || highest < Infinity;
}

/** Padding other than 0 is subtracted first, so that the padding itself is 0; the bias adds it again. */
function addConv(graph: GraphBuilder, layer: ConvLayer, output: string): string {
  const { name, inputs, padding } = layer;
  const [input] = inputs as [string];
  if (!isPadded(layer.window) || padding.every((value) => value === 0))
    return addConvolution(graph, input, output, layer, name);
  const shifted = graph.node("Sub", `${name}.shifted`, [
    input,
    graph.floats(`${name}.padding`, [1, padding.length, 1, 1], padding),
  ]);
  return addConvolution(graph, shifted, output, { ...layer, bias: biasOver(layer, padding) }, name);
}
