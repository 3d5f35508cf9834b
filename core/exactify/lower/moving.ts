import { sizeOf, type Tensor } from "../network.ts";
import { transposed } from "../constant.ts";
import { alias, asConstant, type Lowered, type NodeCall } from "./node-call.ts";

/** Also Dropout at inference, and Cast, which here only leads to float32 or converts integers. */
export function sameElements(call: NodeCall): Lowered {
  return call.known(0) ?? call.refuse("has no input. Export the model again.");
}

export function flatten(call: NodeCall): Lowered {
  const known = call.known(0);
  const axis = call.int("axis", 1);
  if (known?.kind === "constant") {
    const { dims, data } = known.constant;
    const at = axis < 0 ? axis + dims.length : axis;
    return asConstant([sizeOf(dims.slice(0, at)), sizeOf(dims.slice(at))], data);
  }
  const input = call.value(0);
  if (axis !== 1 && axis !== -input.shape.length)
    call.refuse(`flattens from axis ${axis}, which includes the batch. Export it with axis = 1.`);
  return moved(call, input, [sizeOf(input.shape)]);
}

export function reshape(call: NodeCall): Lowered {
  const target = call.list(1, "shape") ?? call.refuse("has no shape.");
  const known = call.known(0);
  if (known?.kind === "constant") {
    const { dims, data } = known.constant;
    return asConstant(filled(call, target, dims, data.length), data);
  }
  const input = call.value(0);
  const [batch, ...rest] = target;
  const keepsBatch = batch === -1 || batch === 0 || batch === call.fixedBatch;
  if (!keepsBatch || rest.length === 0)
    call.refuse(
      `reshapes to [${target.join(", ")}], which is not one row or image per element of the batch. Keep the batch as the first axis.`,
    );
  if (batch === -1 && rest.includes(-1))
    call.refuse(`reshapes to [${target.join(", ")}]: the shape is unknown because -1 occurs twice.`);
  return moved(call, input, filled(call, rest, input.shape, sizeOf(input.shape)));
}

/** 0 copies a dimension, -1 takes the rest. */
function filled(call: NodeCall, target: readonly number[], from: readonly number[], size: number): number[] {
  const copied = target.map((dim, axis) => (dim === 0 ? (from[axis] ?? 0) : dim));
  const known = copied.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  const shape = copied.map((dim) => (dim === -1 ? size / known : dim));
  if (sizeOf(shape) === size && shape.every((dim) => Number.isInteger(dim) && dim > 0)) return shape;
  return call.refuse(
    `reshapes the ${size} elements of an image to [${target.join(", ")}], which does not keep the images of a batch separate.`,
  );
}

export function squeeze(call: NodeCall): Lowered {
  return withAxes(call, (dims, axes) => {
    const gone = axes?.map((axis) => (axis < 0 ? axis + dims.length : axis));
    return dims.filter((size, axis) => (gone === undefined ? size !== 1 || axis === 0 : !gone.includes(axis)));
  });
}

export function unsqueeze(call: NodeCall): Lowered {
  return withAxes(call, (dims, axes = []) => {
    const rank = dims.length + axes.length;
    const fresh = axes.map((axis) => (axis < 0 ? axis + rank : axis));
    const old = [...dims];
    return Array.from({ length: rank }, (_, axis) => (fresh.includes(axis) ? 1 : old.shift()!));
  });
}

/** The batch is 0 among the dims, which no other size is. */
function withAxes(
  call: NodeCall,
  reshapedDims: (dims: readonly number[], axes?: readonly number[]) => readonly number[],
): Lowered {
  const axes = call.list(1, "axes") ?? undefined;
  const known = call.known(0);
  if (known?.kind === "constant") return asConstant(reshapedDims(known.constant.dims, axes), known.constant.data);
  const input = call.value(0);
  const [batch, ...shape] = reshapedDims([0, ...input.shape], axes);
  if (batch !== 0) call.refuse("adds or removes an axis before the batch. Keep the batch as the first axis.");
  return moved(call, input, shape);
}

export function transpose(call: NodeCall): Lowered {
  const known = call.known(0);
  if (known?.kind === "constant") {
    const { constant } = known;
    const { dims, data } = transposed(
      constant,
      call.ints("perm") ?? constant.dims.map((_, axis) => constant.dims.length - 1 - axis),
    );
    return asConstant(dims, data);
  }
  const { name, shape } = call.value(0);
  const [batch, ...order] = call.ints("perm") ?? [-1];
  if (batch !== 0 || order.length !== shape.length)
    call.refuse("moves the batch to another axis. Keep it as the first one.");
  const axes = order.map((axis) => axis - 1);
  return [{ kind: "move", name: call.output, inputs: [name], shape: axes.map((axis) => shape[axis]!), order: axes }];
}

function moved(call: NodeCall, input: Tensor, shape: readonly number[]): Lowered {
  if (shape.join() === input.shape.join()) return alias(input);
  return [{ kind: "move", name: call.output, inputs: [input.name], shape, order: null }];
}

/** Zeros, or another number, around the image; folded into the convolution that follows. */
export function pad(call: NodeCall): Lowered {
  const input = call.value(0);
  const rank = input.shape.length + 1;
  const given = call.list(1, "pads") ?? call.refuse("has no pads.");
  const named = call.list(3, "") ?? Array.from({ length: rank }, (_, axis) => axis);
  const pads = Array.from({ length: 2 * rank }, () => 0);
  for (const [at, axis] of named.entries()) {
    const place = axis < 0 ? axis + rank : axis;
    pads[place] = given[at] ?? 0;
    pads[place + rank] = given[at + named.length] ?? 0;
  }
  if (pads.every((count) => count === 0)) return alias(input);
  if (call.text("mode", "constant") !== "constant")
    call.refuse("repeats or mirrors the image at its border. Export the model with constant padding.");
  const { name, shape } = call.map();
  const [top, left, bottom, right] = [pads[2]!, pads[3]!, pads[6]!, pads[7]!];
  if ([0, 1, 4, 5].some((at) => pads[at] !== 0) || Math.min(top, left, bottom, right) < 0)
    call.refuse("pads other axes than height and width, or crops them. Export the model without that.");
  return [
    {
      kind: "pad",
      name: call.output,
      inputs: [name],
      shape: [shape[0], shape[1] + top + bottom, shape[2] + left + right],
      pads: [top, left, bottom, right],
      value: call.number(2, "value", 0),
    },
  ];
}
