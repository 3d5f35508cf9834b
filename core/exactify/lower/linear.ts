import { broadcastTo, transposed, type Constant } from "../constant.ts";
import { EVERYTHING, sizeOf, type DenseLayer, type MoveLayer } from "../network.ts";
import { slidesOver } from "../window.ts";
import type { Lowered, NodeCall } from "./node-call.ts";

export function conv(call: NodeCall): Lowered {
  const input = call.map();
  const { dims, data } = call.constant(1);
  if (dims.length !== 4)
    call.refuse(`has weights of the shape [${dims.join(", ")}]; exactify supports convolutions in two dimensions.`);
  const [outputs, inputsEach, ...kernel] = dims as [number, number, number, number];
  const groups = call.int("group", 1);
  const [channels] = input.shape;
  if (channels !== inputsEach * groups || outputs % groups !== 0) {
    call.refuse(
      `has weights of the shape [${dims.join(", ")}] in ${groups} groups, which do not fit its input's ${channels} channels. The file is damaged.`,
    );
  }
  const window = call.window(kernel, input.shape);
  return [
    {
      kind: "conv",
      name: call.output,
      inputs: [input.name],
      shape: [outputs, ...slidesOver(input.shape[1], input.shape[2], window)],
      weights: data,
      bias: biasOf(call, call.optionalConstant(2), outputs),
      groups,
      inputChannels: channels,
      window,
      padding: new Float64Array(channels),
      clip: EVERYTHING,
    },
  ];
}

/** alpha * A * B' + beta * C with the image in A. */
export function gemm(call: NodeCall): Lowered {
  if (call.int("transA", 0) !== 0)
    call.refuse("transposes its input, which mixes the images of a batch. Export it with transA = 0.");
  const weights = call.constant(1);
  const [alpha, beta] = [call.real("alpha", 1), call.real("beta", 1)];
  const matrix = call.int("transB", 0) === 0 ? transposed(weights, [1, 0]) : weights;
  const layer = dense(call, { dims: matrix.dims, data: matrix.data.map((weight) => weight * alpha) });
  const bias = biasOf(call, call.optionalConstant(2), layer.shape[0]!).map((each) => each * beta);
  return [{ ...layer, bias }];
}

/** A row of features times a constant matrix; axes of size 1 before the features are removed and added again. */
export function matMul(call: NodeCall): Lowered {
  if (call.known(0)?.kind === "constant")
    call.refuse("has its weights on the left. Export it as Gemm, or with the weights on the right.");
  const weights = call.constant(1);
  if (weights.dims.length !== 2)
    call.refuse(`multiplies by a tensor of the shape [${weights.dims.join(", ")}]; exactify supports matrices.`);
  const { name, shape } = call.value(0);
  const matrix = transposed(weights, [1, 0]);
  if (shape.length === 1) return [dense(call, matrix)];
  if (sizeOf(shape.slice(0, -1)) !== 1)
    call.refuse(
      `works on rows of a value of the shape [N, ${shape.join(", ")}]; exactify supports one row of features per image. Put a Flatten before it.`,
    );
  const row: MoveLayer = {
    kind: "move",
    name: `${call.output}.row`,
    inputs: [name],
    shape: [shape.at(-1)!],
    order: null,
  };
  const product = { ...dense(call, matrix, row), name: `${call.output}.product` };
  const restored = [...shape.slice(0, -1), matrix.dims[0]!];
  return [row, product, { ...row, name: call.output, inputs: [product.name], shape: restored }];
}

function dense(call: NodeCall, { dims, data }: Constant, input = call.value(0)): DenseLayer {
  const [outputs, inputs] = dims as [number, number];
  if (dims.length !== 2 || input.shape.length !== 1 || input.shape[0] !== inputs) {
    call.refuse(`has weights [${dims.join(", ")}], which do not fit its input [N, ${input.shape.join(", ")}].`);
  }
  return {
    kind: "dense",
    name: call.output,
    inputs: [input.name],
    shape: [outputs],
    weights: data,
    bias: new Float64Array(outputs),
    clip: EVERYTHING,
  };
}

function biasOf(call: NodeCall, bias: Constant | null, outputs: number): Float64Array {
  if (bias === null) return new Float64Array(outputs);
  return (
    broadcastTo(bias, [outputs]) ??
    call.refuse(`has a bias [${bias.dims.join(", ")}] for ${outputs} outputs; exactify supports one number per output.`)
  );
}
