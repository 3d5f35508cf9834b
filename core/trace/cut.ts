import type { OnnxModel } from "../onnx/graph.ts";
import { encodeModel, type GraphMessage } from "../onnx/protobuf.ts";
import { readModel } from "../onnx/read.ts";
import type { NamedTensors } from "../tensors/tensor-value.ts";
import { cutNode } from "./cut-node.ts";
import { type Part, shapeName } from "../model/part.ts";

/** A model as executed: its bytes, and the graph, which is read when a part needs it. */
export interface PartSource {
  readonly bytes: Uint8Array;
  readonly model: OnnxModel;
}

/** @param bytes the executed model, whose external weights are inside */
export function partSource(bytes: Uint8Array): PartSource {
  let model: OnnxModel | undefined;
  return {
    bytes,
    get model() {
      return (model ??= readModel(bytes));
    },
  };
}

/** Keeps the most recent model decoded, because the parts of one trace come from one model. */
export function recentSource<M extends { readonly executedSha256: string }>(
  read: (model: M) => Uint8Array | Promise<Uint8Array>,
): (model: M) => Promise<PartSource> {
  let recent: { readonly sha256: string; readonly source: PartSource } | undefined;
  return async (model) => {
    if (recent?.sha256 !== model.executedSha256) {
      recent = { sha256: model.executedSha256, source: partSource(await read(model)) };
    }
    return recent.source;
  };
}

/**
 * An ONNX file that runs one part of a model. A whole model keeps its own bytes and marked outputs are appended,
 * because two consecutive protobuf messages are read as one (protobuf's encoding guide, "Last One Wins"). So nothing
 * that isobit does not read is lost, nothing large is decoded, and even a model with its own functions can be marked.
 * @param feeds the part's inputs; the types of a node's inputs are taken from them
 * @throws IsobitError BAD_INPUT for a node that cannot run alone, with the reason
 */
export function cutPart(source: PartSource, part: Part, feeds: NamedTensors): Uint8Array {
  switch (part.kind) {
    case "served":
      return source.bytes;
    case "marked":
      return appended(source.bytes, { output: part.outputs.map((name) => ({ name })) });
    case "shapes":
      return appended(source.bytes, shapeNodes(part.values));
    case "node":
      return cutNode(source.model, part.node, feeds);
  }
}

/** One Shape node per value, so that sizes are known before any value has to be held. */
function shapeNodes(values: readonly string[]): GraphMessage {
  return {
    node: values.map((name, index) => ({ opType: "Shape", input: [name], output: [shapeName(index)] })),
    output: values.map((_, index) => ({ name: shapeName(index) })),
  };
}

function appended(bytes: Uint8Array, graph: GraphMessage): Uint8Array {
  const addition = encodeModel({ graph });
  const whole = new Uint8Array(bytes.length + addition.length);
  whole.set(bytes);
  whole.set(addition, bytes.length);
  return whole;
}
