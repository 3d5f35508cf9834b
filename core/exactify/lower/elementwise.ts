import { broadcastTo, type Constant } from "../constant.ts";
import { EVERYTHING, sizeOf, type Interval, type JoinLayer, type Layer, type Tensor } from "../network.ts";
import { asConstant, type Lowered, type NodeCall } from "./node-call.ts";

type Arithmetic = "Add" | "Sub" | "Mul" | "Div";

const COMPUTE: Readonly<Record<Arithmetic, (left: number, right: number) => number>> = Object.freeze({
  Add: (left, right) => left + right,
  Sub: (left, right) => left - right,
  Mul: (left, right) => left * right,
  Div: (left, right) => left / right,
});

/** A value and a constant make a scale and a shift; two values are added. */
export function arithmetic(call: NodeCall): Lowered {
  const op = call.node.op as Arithmetic;
  const [left, right] = [call.known(0), call.known(1)];
  if (left?.kind === "constant" && right?.kind === "constant") return computed(call, op, left.constant, right.constant);
  if (left?.kind === "value" && right?.kind === "value") return added(call, op, left.tensor, right.tensor);
  const [tensor, constant] =
    left?.kind === "value" ? [left.tensor, call.constant(1)] : [call.value(1), call.constant(0)];
  const numbers = broadcastTo(constant, tensor.shape);
  if (numbers === null)
    call.refuse(
      `combines a value [N, ${tensor.shape.join(", ")}] with a constant [${constant.dims.join(", ")}] that enlarges it. Export it with a constant that fits the value.`,
    );
  if (op === "Div" && left?.kind === "constant")
    call.refuse("divides by a value that depends on the image. Export the model without that.");
  return [affine(call.output, tensor, ...coefficients(op, numbers, left?.kind === "constant"))];
}

/** The scale and shift that represent x op c, or c op x. */
function coefficients(op: Arithmetic, numbers: Float64Array, constantFirst: boolean): [Float64Array, Float64Array] {
  const all = (value: number): Float64Array => new Float64Array(numbers.length).fill(value);
  switch (op) {
    case "Add":
      return [all(1), numbers];
    case "Sub":
      return constantFirst ? [all(-1), numbers] : [all(1), numbers.map((number) => -number)];
    case "Mul":
      return [numbers, all(0)];
    case "Div":
      return [numbers.map((number) => 1 / number), all(0)];
  }
}

function computed(call: NodeCall, op: Arithmetic, left: Constant, right: Constant): Lowered {
  const wide = sizeOf(left.dims) >= sizeOf(right.dims) && left.dims.length >= right.dims.length ? left : right;
  const [a, b] = [broadcastTo(left, wide.dims), broadcastTo(right, wide.dims)];
  if (a === null || b === null)
    call.refuse("combines two constants whose shapes both grow. Fold constants first, e.g. with onnxsim.");
  return asConstant(
    wide.dims,
    a.map((number, at) => COMPUTE[op](number, b[at]!)),
  );
}

function added(call: NodeCall, op: Arithmetic, left: Tensor, right: Tensor): Lowered {
  if (op !== "Add")
    call.refuse(
      `combines two values that both depend on the image. exactify supports their sum; ${op === "Sub" ? "negate one in the layer before it and add" : "export the model without that"}.`,
    );
  if (left.shape.join() !== right.shape.join())
    call.refuse(
      `adds values of the shapes [N, ${left.shape.join(", ")}] and [N, ${right.shape.join(", ")}]. Give them the same shape.`,
    );
  return joined(call, "add", [left, right], left.shape);
}

export function concat(call: NodeCall): Lowered {
  const known = Array.from({ length: call.inputCount }, (_, index) => call.known(index));
  if (known.every((each) => each?.kind === "constant")) {
    const data = known.flatMap((each) => [...each.constant.data]);
    return asConstant([data.length], Float64Array.from(data));
  }
  const tensors = known.map((_, index) => call.value(index));
  const rank = tensors[0]!.shape.length;
  const axis = call.int("axis", 1);
  const tails = new Set(tensors.map(({ shape }) => shape.slice(1).join()));
  if ((axis < 0 ? axis + rank + 1 : axis) !== 1 || tails.size > 1)
    call.refuse(`joins values along axis ${axis}; exactify supports axis 1, channels or features.`);
  const channels = tensors.reduce((sum, { shape }) => sum + shape[0]!, 0);
  return joined(call, "concat", tensors, [channels, ...tensors[0]!.shape.slice(1)]);
}

function joined(call: NodeCall, how: JoinLayer["how"], inputs: readonly Tensor[], shape: readonly number[]): Lowered {
  const names = inputs.map(({ name }) => name);
  return [{ kind: "join", how, name: call.output, inputs: names, shape, clip: EVERYTHING }];
}

/** Batch statistics as a scale and a shift per channel. */
export function batchNormalization(call: NodeCall): Lowered {
  const input = call.value(0);
  const data = (index: number): Float64Array => call.constant(index).data;
  const [scale, shift, mean, variance] = [data(1), data(2), data(3), data(4)];
  if (call.int("training_mode", 0) !== 0) call.refuse("is in training mode. Export the model for inference.");
  const epsilon = call.real("epsilon", Math.fround(1e-5));
  const factors = scale.map((each, channel) => each / Math.sqrt(variance[channel]! + epsilon));
  const inner = sizeOf(input.shape.slice(1));
  const spread = (of: (channel: number) => number): Float64Array =>
    Float64Array.from({ length: sizeOf(input.shape) }, (_, at) => of(Math.floor(at / inner)));
  if (factors.length !== input.shape[0])
    call.refuse(`has ${factors.length} scales for a value [N, ${input.shape.join(", ")}]. The file is damaged.`);
  return [
    affine(
      call.output,
      input,
      spread((channel) => factors[channel]!),
      spread((channel) => shift[channel]! - mean[channel]! * factors[channel]!),
    ),
  ];
}

function affine(name: string, input: Tensor, scale: Float64Array, shift: Float64Array): Layer {
  return { kind: "affine", name, inputs: [input.name], shape: input.shape, scale, shift };
}

export function relu(call: NodeCall): Lowered {
  return clipped(call, { lowest: 0, highest: Infinity });
}

export function clip(call: NodeCall): Lowered {
  return clipped(call, { lowest: call.number(1, "min", -Infinity), highest: call.number(2, "max", Infinity) });
}

export function bounded(call: NodeCall): Lowered {
  const at = call.known(0)?.kind === "constant" ? 0 : 1;
  const { data } =
    call.inputCount === 2 && call.known(1 - at)?.kind === "value"
      ? call.constant(at)
      : call.refuse("compares values that depend on the image; exactify supports one value and one constant.");
  if (data.length !== 1) call.refuse("compares with a tensor; exactify supports one number.");
  return clipped(
    call,
    call.node.op === "Max" ? { lowest: data[0]!, highest: Infinity } : { lowest: -Infinity, highest: data[0]! },
    call.value(1 - at),
  );
}

function clipped(call: NodeCall, interval: Interval, input = call.value(0)): Lowered {
  return [{ kind: "clip", name: call.output, inputs: [input.name], shape: input.shape, clip: interval }];
}
