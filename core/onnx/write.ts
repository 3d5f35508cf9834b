import { attributeMessage } from "./attribute.ts";
import type { Graph, GraphNode, OnnxModel } from "./graph.ts";
import { encodeModel, type GraphMessage, type NodeMessage } from "./protobuf.ts";
import { ModelRejected, quoted } from "./rejected.ts";
import { tensorMessage } from "./tensor.ts";
import { valueInfoMessage } from "./value-info.ts";

/**
 * Writes a model as an ONNX file: the same model gives the same bytes on every machine.
 *
 * What isobit does not read is not written: doc strings, training information, quantisation hints and the
 * fields that ONNX gained after 1.10, the release whose schema `onnx-proto` knows. None of them changes what a graph
 * computes, with one exception: a function that the file defines itself (its default attributes and, on a call, its
 * `overload` are such newer fields). A model with functions is therefore refused here, though it may be served unchanged.
 * @throws ModelRejected for a model with local functions, or with weights that are still in another file
 */
export function writeModel(model: OnnxModel): Uint8Array {
  if (model.functions.length > 0) {
    throw new ModelRejected(
      `It defines functions of its own (${model.functions.map(({ name }) => quoted(name)).join(", ")}), and isobit does not rewrite such a model. ` +
        "Inline them (onnx.inliner.inline_local_functions) and export it again.",
    );
  }
  return encodeModel({
    irVersion: model.irVersion,
    producerName: model.producer,
    graph: graphMessage(model.graph),
    opsetImport: [...model.opsets].map(([domain, version]) => ({ domain, version })),
    metadataProps: [...(model.metadata ?? [])].map(([key, value]) => ({ key, value })),
  });
}

function graphMessage(graph: Graph): GraphMessage {
  return {
    name: graph.name,
    node: graph.nodes.map(nodeMessage),
    initializer: [...graph.initializers].map(([name, tensor]) => tensorMessage(tensor, name)),
    input: [...graph.inputs, ...graph.weightInputs].map(valueInfoMessage),
    output: graph.outputs.map(valueInfoMessage),
    valueInfo: graph.valueInfo.map(valueInfoMessage),
  };
}

function nodeMessage(node: GraphNode): NodeMessage {
  return {
    name: node.name,
    opType: node.op,
    domain: node.domain,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: [...node.attributes].map(([name, attribute]) => attributeMessage(name, attribute, graphMessage)),
  };
}
