/*
 * ONNX's protobuf schema as needed to read the wire: the fields, their encoding, and which may occur only once. From
 * onnx.proto3 of ONNX 1.19 (IR version 12), which is newer than the schema that decodes the file.
 */

/** string: must be valid UTF-8. blob: bytes that are not read. */
export type Scalar = "varint" | "fixed32" | "fixed64" | "string" | "blob";

export interface WireField {
  readonly name: string;
  /** A function for messages that contain themselves. */
  readonly kind: Scalar | WireMessage | (() => WireMessage);
  readonly repeated: boolean;
  /** Fields of one group exclude each other. */
  readonly oneof?: string;
  /** The largest value of an enumeration; C++ takes a larger one as an absent field. */
  readonly most?: number;
}

export interface WireMessage {
  readonly name: string;
  readonly fields: ReadonlyMap<number, WireField>;
}

type Entry = readonly [number: number, field: WireField];

function message(name: string, ...fields: readonly Entry[]): WireMessage {
  return { name, fields: new Map(fields) };
}

function one(number: number, name: string, kind: WireField["kind"], more: Partial<WireField> = {}): Entry {
  return [number, { name, kind, repeated: false, ...more }];
}

function many(number: number, name: string, kind: WireField["kind"]): Entry {
  return [number, { name, kind, repeated: true }];
}

const PAIR = message("StringStringEntryProto", one(1, "key", "string"), one(2, "value", "string"));

const DIMENSION = message(
  "TensorShapeProto.Dimension",
  one(1, "dim_value", "varint", { oneof: "value" }),
  one(2, "dim_param", "string", { oneof: "value" }),
  one(3, "denotation", "string"),
);
const SHAPE = message("TensorShapeProto", many(1, "dim", DIMENSION));
const TENSOR_TYPE = message("TypeProto.Tensor", one(1, "elem_type", "varint"), one(2, "shape", SHAPE));
const ELEMENT = message(
  "TypeProto.Sequence",
  one(1, "elem_type", () => TYPE),
);
const MAP = message(
  "TypeProto.Map",
  one(1, "key_type", "varint"),
  one(2, "value_type", () => TYPE),
);
const OPAQUE = message("TypeProto.Opaque", one(1, "domain", "string"), one(2, "name", "string"));
const TYPE: WireMessage = message(
  "TypeProto",
  one(1, "tensor_type", TENSOR_TYPE, { oneof: "value" }),
  one(4, "sequence_type", ELEMENT, { oneof: "value" }),
  one(5, "map_type", MAP, { oneof: "value" }),
  one(6, "denotation", "string"),
  one(7, "opaque_type", OPAQUE, { oneof: "value" }),
  one(8, "sparse_tensor_type", TENSOR_TYPE, { oneof: "value" }),
  one(9, "optional_type", ELEMENT, { oneof: "value" }),
);
const VALUE_INFO = message(
  "ValueInfoProto",
  one(1, "name", "string"),
  one(2, "type", () => TYPE),
  one(3, "doc_string", "string"),
  many(4, "metadata_props", PAIR),
);

const SEGMENT = message("TensorProto.Segment", one(1, "begin", "varint"), one(2, "end", "varint"));
const TENSOR = message(
  "TensorProto",
  many(1, "dims", "varint"),
  one(2, "data_type", "varint"),
  one(3, "segment", SEGMENT),
  many(4, "float_data", "fixed32"),
  many(5, "int32_data", "varint"),
  many(6, "string_data", "blob"),
  many(7, "int64_data", "varint"),
  one(8, "name", "string"),
  one(9, "raw_data", "blob"),
  many(10, "double_data", "fixed64"),
  many(11, "uint64_data", "varint"),
  one(12, "doc_string", "string"),
  many(13, "external_data", PAIR),
  one(14, "data_location", "varint", { most: 1 }),
  many(16, "metadata_props", PAIR),
);
const SPARSE = message(
  "SparseTensorProto",
  one(1, "values", TENSOR),
  one(2, "indices", TENSOR),
  many(3, "dims", "varint"),
);
const ANNOTATION = message(
  "TensorAnnotation",
  one(1, "tensor_name", "string"),
  many(2, "quant_parameter_tensor_names", PAIR),
);

const ATTRIBUTE: WireMessage = message(
  "AttributeProto",
  one(1, "name", "string"),
  one(2, "f", "fixed32"),
  one(3, "i", "varint"),
  one(4, "s", "blob"),
  one(5, "t", TENSOR),
  one(6, "g", () => GRAPH),
  many(7, "floats", "fixed32"),
  many(8, "ints", "varint"),
  many(9, "strings", "blob"),
  many(10, "tensors", TENSOR),
  many(11, "graphs", () => GRAPH),
  one(13, "doc_string", "string"),
  one(14, "tp", () => TYPE),
  many(15, "type_protos", () => TYPE),
  one(20, "type", "varint", { most: 14 }),
  one(21, "ref_attr_name", "string"),
  one(22, "sparse_tensor", SPARSE),
  many(23, "sparse_tensors", SPARSE),
);
const NODE = message(
  "NodeProto",
  many(1, "input", "string"),
  many(2, "output", "string"),
  one(3, "name", "string"),
  one(4, "op_type", "string"),
  many(5, "attribute", () => ATTRIBUTE),
  one(6, "doc_string", "string"),
  one(7, "domain", "string"),
  one(8, "overload", "string"),
  many(9, "metadata_props", PAIR),
  many(10, "device_configurations", "blob"),
);
const GRAPH: WireMessage = message(
  "GraphProto",
  many(1, "node", NODE),
  one(2, "name", "string"),
  many(5, "initializer", TENSOR),
  one(10, "doc_string", "string"),
  many(11, "input", VALUE_INFO),
  many(12, "output", VALUE_INFO),
  many(13, "value_info", VALUE_INFO),
  many(14, "quantization_annotation", ANNOTATION),
  many(15, "sparse_initializer", SPARSE),
  many(16, "metadata_props", PAIR),
);

const OPERATOR_SET = message("OperatorSetIdProto", one(1, "domain", "string"), one(2, "version", "varint"));
const FUNCTION = message(
  "FunctionProto",
  one(1, "name", "string"),
  many(4, "input", "string"),
  many(5, "output", "string"),
  many(6, "attribute", "string"),
  many(7, "node", NODE),
  one(8, "doc_string", "string"),
  many(9, "opset_import", OPERATOR_SET),
  one(10, "domain", "string"),
  many(11, "attribute_proto", () => ATTRIBUTE),
  many(12, "value_info", VALUE_INFO),
  one(13, "overload", "string"),
  many(14, "metadata_props", PAIR),
);
const TRAINING = message(
  "TrainingInfoProto",
  one(1, "initialization", () => GRAPH),
  one(2, "algorithm", () => GRAPH),
  many(3, "initialization_binding", PAIR),
  many(4, "update_binding", PAIR),
);

export const MODEL: WireMessage = message(
  "ModelProto",
  one(1, "ir_version", "varint"),
  one(2, "producer_name", "string"),
  one(3, "producer_version", "string"),
  one(4, "domain", "string"),
  one(5, "model_version", "varint"),
  one(6, "doc_string", "string"),
  one(7, "graph", () => GRAPH),
  many(8, "opset_import", OPERATOR_SET),
  many(14, "metadata_props", PAIR),
  many(20, "training_info", TRAINING),
  many(25, "functions", FUNCTION),
  many(26, "configuration", "blob"),
);
