import fc from "fast-check";
import type { Attribute, GraphNode, Tensor } from "#core/onnx/graph.ts";
import { RULES } from "#core/certify/rules/index.ts";
import { float, int, ints, modelOf, text } from "../graphs/sketch.ts";
import type { Specimen } from "./graph.ts";

/* What is never exported: any operator on any inputs with any attributes. */

const size = fc.integer({ min: 0, max: 4 });
const dims = fc.array(size, { maxLength: 5 });

const floats = fc
  .tuple(dims, fc.constantFrom(0, -0, 1, -3, 0.5, 2 ** 40, Number.NaN, Infinity))
  .map(([shape, value]): Tensor => ({
    name: "",
    dims: shape,
    type: "float32",
    data: new Float32Array(shape.reduce((product, each) => product * each, 1)).fill(value),
  }));
const integers = fc
  .array(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => (value % 3n === 0n ? value : value % 5n)),
    { maxLength: 5 },
  )
  .map((values): Tensor => ({ name: "", dims: [values.length], type: "int64", data: BigInt64Array.from(values) }));
const others: Tensor = { name: "", dims: [1], type: "float64", data: Float64Array.of(1) };
const tensor = fc.oneof(floats, integers, fc.constant(others));

const attribute: fc.Arbitrary<Attribute> = fc.oneof(
  fc.integer({ min: -2, max: 5 }).map(int),
  fc.array(fc.integer({ min: -2, max: 5 }), { maxLength: 5 }).map(ints),
  fc.constantFrom(0, 1, -1, 0.3, 2 ** -40, Number.NaN).map(float),
  fc.constantFrom("NOTSET", "SAME_UPPER", "VALID", "constant", "edge", "CRD", "?").map(text),
  tensor.map((value): Attribute => ({ kind: "tensor", value })),
);
const NAMES = [
  "alpha",
  "allowzero",
  "auto_pad",
  "axes",
  "axis",
  "beta",
  "blocksize",
  "ceil_mode",
  "count_include_pad",
  "dilations",
  "end",
  "ends",
  "group",
  "kernel_shape",
  "max",
  "min",
  "mode",
  "pads",
  "perm",
  "start",
  "starts",
  "strides",
  "to",
  "transA",
  "transB",
  "value",
  "value_float",
  "value_ints",
];
const attributes = fc.array(fc.tuple(fc.constantFrom(...NAMES), attribute), { maxLength: 4 });

const inputs = fc.array(fc.constantFrom("x", "a", "b", "c", "y0", "y1", "", "nowhere"), { maxLength: 5 });
const node = fc.tuple(fc.constantFrom(...RULES.keys()), inputs, attributes);

const graph = fc.record({
  opset: fc.integer({ min: 5, max: 26 }),
  nodes: fc.array(node, { minLength: 1, maxLength: 4 }),
  constants: fc.tuple(tensor, tensor, tensor),
  shape: fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 5 }),
});

export const malformed: fc.Arbitrary<Specimen> = graph.map(({ opset, nodes, constants, shape }) => {
  const made = nodes.map(([op, names, said], at): GraphNode => ({
    name: "",
    op,
    domain: "",
    inputs: names,
    outputs: [`y${at}`],
    attributes: new Map(said),
  }));
  const initializers = new Map(constants.map((value, at) => ["abc"[at]!, value]));
  const port = { name: "x", dims: shape.map((each, axis) => (each < 0 ? `N${axis}` : each)) };
  const model = modelOf(opset, made, initializers, [port], [`y${nodes.length - 1}`]);
  return { model, domain: { shape, exponent: 0, lo: 0, hi: 255 } };
});
