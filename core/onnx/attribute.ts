import type { Attribute, Graph } from "./graph.ts";
import { int64, int64Message, type AttributeMessage, type GraphMessage } from "./protobuf.ts";
import { readTensor, tensorMessage } from "./tensor.ts";

/** AttributeProto.AttributeType */
const TYPE = Object.freeze({
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
});

/** Files of IR version 1 do not state the type; then the field that is present decides. */
function typeOf(message: AttributeMessage): number {
  if (message.type) return message.type;
  if (Object.hasOwn(message, "f")) return TYPE.float;
  if (Object.hasOwn(message, "i")) return TYPE.int;
  if (Object.hasOwn(message, "s")) return TYPE.string;
  if (message.t) return TYPE.tensor;
  if (message.g) return TYPE.graph;
  if (message.floats?.length) return TYPE.floats;
  if (message.ints?.length) return TYPE.ints;
  return message.strings?.length ? TYPE.strings : 0;
}

export function readAttribute(message: AttributeMessage, readGraph: (graph: GraphMessage) => Graph): Attribute {
  // The name of an enclosing function's attribute: occurs only in functions, whose bodies are not read.
  if (message.refAttrName) return { kind: "opaque", value: message };
  switch (typeOf(message)) {
    case TYPE.float:
      return { kind: "float", value: message.f ?? 0 };
    case TYPE.int:
      return { kind: "int", value: int64(message.i) };
    case TYPE.string:
      return { kind: "string", value: message.s ?? new Uint8Array() };
    case TYPE.tensor:
      return { kind: "tensor", value: readTensor(message.t ?? {}) };
    case TYPE.graph:
      return { kind: "graph", value: readGraph(message.g ?? {}) };
    case TYPE.floats:
      return { kind: "floats", value: message.floats ?? [] };
    case TYPE.ints:
      return { kind: "ints", value: (message.ints ?? []).map(int64) };
    case TYPE.strings:
      return { kind: "strings", value: message.strings ?? [] };
    case TYPE.tensors:
      return { kind: "tensors", value: (message.tensors ?? []).map((tensor) => readTensor(tensor)) };
    case TYPE.graphs:
      return { kind: "graphs", value: (message.graphs ?? []).map(readGraph) };
    default:
      return { kind: "opaque", value: message };
  }
}

export function attributeMessage(
  name: string,
  attribute: Attribute,
  writeGraph: (graph: Graph) => GraphMessage,
): AttributeMessage {
  switch (attribute.kind) {
    case "float":
      return { name, type: TYPE.float, f: attribute.value };
    case "int":
      return { name, type: TYPE.int, i: int64Message(attribute.value) };
    case "string":
      return { name, type: TYPE.string, s: attribute.value };
    case "tensor":
      return { name, type: TYPE.tensor, t: tensorMessage(attribute.value) };
    case "graph":
      return { name, type: TYPE.graph, g: writeGraph(attribute.value) };
    case "floats":
      return { name, type: TYPE.floats, floats: [...attribute.value] };
    case "ints":
      return { name, type: TYPE.ints, ints: attribute.value.map(int64Message) };
    case "strings":
      return { name, type: TYPE.strings, strings: [...attribute.value] };
    case "tensors":
      return { name, type: TYPE.tensors, tensors: attribute.value.map((tensor) => tensorMessage(tensor)) };
    case "graphs":
      return { name, type: TYPE.graphs, graphs: attribute.value.map(writeGraph) };
    case "opaque":
      return { ...attribute.value, name };
  }
}
