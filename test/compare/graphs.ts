import type { Attribute, OnnxModel } from "#core/onnx/graph.ts";
import { floats, int, int64s, model, node, uneven, value } from "../onnx/build.ts";

/* Models to compare: none of them is anybody's, and each is fed and answers in its own way. */

const ints = (...numbers: number[]): Attribute => ({ kind: "ints", value: numbers.map(BigInt) });

/** Four inputs and five outputs of different types, one of them a scalar; only Tanh differs between runtimes. */
export function manyTypes(): OnnxModel {
  return model({
    inputs: [
      value("ids", ["batch", "seq"], "int64"),
      value("mask", ["batch", "seq"], "bool"),
      value("half", ["batch", 4], "float16"),
      value("scale", [], "float64"),
    ],
    outputs: [
      value("embedded", ["batch", "seq", 8]),
      value("kept", ["batch", "seq"], "int64"),
      value("doubled", ["batch", 4], "float16"),
      value("squared", [], "float64"),
      value("not", ["batch", "seq"], "bool"),
    ],
    nodes: [
      node("Gather", ["table", "ids"], ["rows"]),
      node("Tanh", ["rows"], ["embedded"]),
      node("Cast", ["mask"], ["ones"], { to: int(7) }),
      node("Mul", ["ids", "ones"], ["kept"]),
      node("Add", ["half", "half"], ["doubled"]),
      node("Mul", ["scale", "scale"], ["squared"]),
      node("Not", ["mask"], ["not"]),
    ],
    weights: [floats("table", [10, 8], uneven)],
  });
}

/** Doubles its input of any batch; every output element is the input's alone. */
export function doubling(elementType = "float32"): OnnxModel {
  return model({
    inputs: [value("x", ["N", 3], elementType)],
    outputs: [value("y", ["N", 3], elementType)],
    nodes: [node("Add", ["x", "x"], ["y"])],
  });
}

/** Each row less the mean over the batch: an input's answer depends on what else is in its batch. */
export function mixingRows(): OnnxModel {
  return model({
    inputs: [value("x", ["N", 3])],
    outputs: [value("y", ["N", 3])],
    nodes: [
      node("ReduceMean", ["x"], ["mean"], { axes: ints(0), keepdims: int(1) }),
      node("Sub", ["x", "mean"], ["y"]),
    ],
  });
}

/**
 * A float classifier of 28x28 images with stride-1 5x5 convolutions, as LeNet has them: the second from 6 channels to
 * 16, which ONNX Runtime's WEBGPU (1.30.0) computes wrongly.
 */
export function lenetLike(): OnnxModel {
  return model({
    inputs: [value("x", ["N", 1, 28, 28])],
    outputs: [value("y", ["N", 10])],
    nodes: [
      node("Conv", ["x", "w1", "b1"], ["c1"], { kernel_shape: ints(5, 5), pads: ints(2, 2, 2, 2) }),
      node("Relu", ["c1"], ["r1"]),
      node("MaxPool", ["r1"], ["p1"], { kernel_shape: ints(2, 2), strides: ints(2, 2) }),
      node("Conv", ["p1", "w2", "b2"], ["c2"], { kernel_shape: ints(5, 5) }),
      node("Relu", ["c2"], ["r2"]),
      node("MaxPool", ["r2"], ["p2"], { kernel_shape: ints(2, 2), strides: ints(2, 2) }),
      node("Reshape", ["p2", "rows"], ["flat"]),
      node("Gemm", ["flat", "w3", "b3"], ["y"], { transB: int(1) }),
    ],
    weights: [
      floats("w1", [6, 1, 5, 5], uneven),
      floats("b1", [6], uneven),
      floats("w2", [16, 6, 5, 5], uneven),
      floats("b2", [16], uneven),
      int64s("rows", [-1, 400]),
      floats("w3", [10, 400], uneven),
      floats("b3", [10], uneven),
    ],
  });
}

/** The model with one element of one weight changed. */
export function withOneWeightChanged(original: OnnxModel, weight: string, index: number, by: number): OnnxModel {
  const tensor = original.graph.initializers.get(weight);
  if (tensor?.type !== "float32") throw new Error(`${weight} is not a float32 weight`);
  const data = tensor.data.slice();
  data[index] = data[index]! + by;
  const initializers = new Map([...original.graph.initializers, [weight, { ...tensor, data }]]);
  return { ...original, graph: { ...original.graph, initializers } };
}
