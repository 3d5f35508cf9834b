/*
 * ONNX's messages by field number, as far as certified files use them: what a field holds, with "*" where it may repeat.
 * Written down apart from core/onnx, whose own reading is what the mutations try.
 */
export const FIELDS = {
  Model: {
    1: "int",
    2: "text",
    3: "text",
    4: "text",
    5: "int",
    6: "text",
    7: "Graph",
    8: "Opset*",
    14: "Pair*",
    20: "Training*",
    25: "Function*",
  },
  Opset: { 1: "text", 2: "int" },
  Pair: { 1: "text", 2: "text" },
  Graph: {
    1: "Node*",
    2: "text",
    5: "Tensor*",
    10: "text",
    11: "ValueInfo*",
    12: "ValueInfo*",
    13: "ValueInfo*",
    14: "Annotation*",
    15: "Sparse*",
    16: "Pair*",
  },
  Node: {
    1: "text*",
    2: "text*",
    3: "text",
    4: "text",
    5: "Attribute*",
    6: "text",
    7: "text",
    8: "text",
    9: "Pair*",
  },
  Attribute: {
    1: "text",
    2: "float",
    3: "int",
    4: "bytes",
    5: "Tensor",
    6: "Graph",
    7: "float*",
    8: "int*",
    9: "bytes*",
    10: "Tensor*",
    11: "Graph*",
    13: "text",
    20: "int",
    21: "text",
  },
  Tensor: {
    1: "int*",
    2: "int",
    3: "Segment",
    4: "float*",
    5: "int*",
    6: "bytes*",
    7: "int*",
    8: "text",
    9: "bytes",
    10: "double*",
    11: "int*",
    12: "text",
    13: "Pair*",
    14: "int",
  },
  Segment: { 1: "int", 2: "int" },
  Sparse: { 1: "Tensor", 2: "Tensor", 3: "int*" },
  Annotation: { 1: "text", 2: "Pair*" },
  ValueInfo: { 1: "text", 2: "Type", 3: "text" },
  Type: { 1: "TensorType", 4: "SequenceType", 6: "text" },
  SequenceType: { 1: "Type" },
  TensorType: { 1: "int", 2: "Shape" },
  Shape: { 1: "Dim*" },
  Dim: { 1: "int", 2: "text", 3: "text" },
  Function: { 1: "text", 4: "text*", 5: "text*", 6: "text*", 7: "Node*", 9: "Opset*", 10: "text" },
  Training: { 1: "Graph", 2: "Graph" },
} as const satisfies Readonly<Record<string, Readonly<Record<number, string>>>> as Readonly<
  Record<MessageType, Readonly<Record<number, string | undefined>>>
>;

export type MessageType =
  | "Model"
  | "Opset"
  | "Pair"
  | "Graph"
  | "Node"
  | "Attribute"
  | "Tensor"
  | "Segment"
  | "Sparse"
  | "Annotation"
  | "ValueInfo"
  | "Type"
  | "SequenceType"
  | "TensorType"
  | "Shape"
  | "Dim"
  | "Function"
  | "Training";

export const MODEL_GRAPH = 7;
export const MODEL_OPSET = 8;
export const MODEL_FUNCTION = 25;
export const GRAPH_NODE = 1;
export const GRAPH_INITIALIZER = 5;
export const GRAPH_INPUT = 11;
export const GRAPH_OUTPUT = 12;
export const GRAPH_VALUE_INFO = 13;
export const GRAPH_SPARSE = 15;
export const NODE_INPUT = 1;
export const NODE_OUTPUT = 2;
export const NODE_OP = 4;
export const NODE_ATTRIBUTE = 5;
export const NODE_DOMAIN = 7;
export const TENSOR_NAME = 8;
export const VALUE_NAME = 1;
