import { attributeMessage } from "./attribute.ts";
import type { Graph, GraphNode, OnnxModel } from "./graph.ts";
import { encodeModel, type GraphMessage, type NodeMessage } from "./protobuf.ts";
import { quoted, rejectModel } from "./rejected.ts";
import { tensorMessage } from "./tensor.ts";
import { valueInfoMessage } from "./value-info.ts";

/**
 * Writes a model as an ONNX file: the same model gives the same bytes on every machine.
 *
 * What isobit does not read is not written: doc strings, training information, quantisation hints and fields that are newer
 * than ONNX 1.10, whose schema `onnx-proto` has. None of them changes what a graph computes, except in functions that the
 * file defines (their default attributes and, on a call, `overload`). A model with functions is therefore refused here,
 * though it may be served unchanged.
 * @throws ModelRejected for a model with local functions, or with weights in another file
 */
export function writeModel(model: OnnxModel): Uint8Array {
  if (model.functions.length > 0) {
    rejectModel(
      `It defines its own functions (${model.functions.map(({ name }) => quoted(name)).join(", ")}), and isobit does not rewrite such a model. ` +
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
