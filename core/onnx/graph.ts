/** Part of a file as it was decoded (see protobuf.ts), kept to be written back although isobit does not read it. */
type DecodedMessage = object;

/** An ONNX model in isobit's own terms. Immutable: a changed model is a new one that shares what did not change. */
export interface OnnxModel {
  readonly irVersion: number;
  /** Operator set version by domain; ONNX's own domain is "". */
  readonly opsets: ReadonlyMap<string, number>;
  readonly producer: string;
  readonly graph: Graph;
  /** Functions that the file defines. Their bodies are not read. */
  readonly functions: readonly { readonly domain: string; readonly name: string }[];
  /** The file's metadata, by key, in the file's order; absent if it has none. */
  readonly metadata?: ReadonlyMap<string, string>;
}

export interface Graph {
  readonly name: string;
  /** In topological order, and where that leaves a choice, in the file's. */
  readonly nodes: readonly GraphNode[];
  /** What a caller must feed: the graph's inputs without its weights. */
  readonly inputs: readonly ValueInfo[];
  /** Weights that the file lists as inputs too (IR versions below 4 must). */
  readonly weightInputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** Shapes that the exporter stated for values inside the graph. */
  readonly valueInfo: readonly ValueInfo[];
}

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** "" for ONNX's own operators. */
  readonly domain: string;
  /** "" is an optional input that is not given. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface ValueInfo {
  readonly name: string;
  /** "float32", "int64", …; "sequence", "map", "optional" or "sparse tensor" for other kinds of values; null if not stated. */
  readonly elementType: string | null;
  /** -1 for a dynamic or unstated dimension; null if the rank is not stated. */
  readonly shape: readonly number[] | null;
  /** The names of dynamic dimensions ("batch"), null for a dimension without one; as long as the shape. */
  readonly dimNames: readonly (string | null)[];
  /** A value that is not a tensor, kept to be written back unchanged. */
  readonly opaque?: DecodedMessage;
}

/** Integers are bigint, because ONNX's have 64 bits and exporters use INT64_MAX; strings are UTF-8 bytes. */
export type Attribute =
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "string"; readonly value: Uint8Array }
  | { readonly kind: "tensor"; readonly value: Tensor }
  | { readonly kind: "graph"; readonly value: Graph }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "ints"; readonly value: readonly bigint[] }
  | { readonly kind: "strings"; readonly value: readonly Uint8Array[] }
  | { readonly kind: "tensors"; readonly value: readonly Tensor[] }
  | { readonly kind: "graphs"; readonly value: readonly Graph[] }
  | { readonly kind: "opaque"; readonly value: DecodedMessage };

/** How the elements of each decoded type are stored: float16 as the float32 of the same value, bool as bytes 0 and 1. */
export interface TensorData {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly float16: Float32Array;
  readonly int64: BigInt64Array;
  readonly int32: Int32Array;
  readonly int8: Int8Array;
  readonly uint8: Uint8Array;
  readonly bool: Uint8Array;
}
export type DecodedType = keyof TensorData;

interface TensorHead {
  readonly name: string;
  /** Row-major; [] for a scalar. */
  readonly dims: readonly number[];
}

/** Its dims give the number of elements. */
export type DecodedTensor = {
  readonly [T in DecodedType]: TensorHead & { readonly type: T; readonly data: TensorData[T] };
}[DecodedType];

/** Elements of a type that isobit does not compute with (strings, bfloat16, …), kept to be written back unchanged. */
export interface OpaqueTensor extends TensorHead {
  readonly type: "opaque";
  readonly elementType: string;
  readonly message: DecodedMessage;
}

/** Elements in another file. */
interface ExternalTensor extends TensorHead {
  readonly type: "external";
  readonly elementType: string;
  /** Path of that file, relative to the model's. */
  readonly location: string;
  readonly offset: number;
  /** In bytes; null: to the end of that file. */
  readonly length: number | null;
}

export type Tensor = DecodedTensor | OpaqueTensor | ExternalTensor;
