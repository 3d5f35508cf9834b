import type { NodeAttributes } from "./node-attributes.ts";

type Same = "SAME_UPPER" | "SAME_LOWER";
export type AxisPads = readonly [before: number, after: number];

/** How the window of a Conv or pool moves along one spatial axis, according to its attributes. */
export interface WindowAxis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** A name if the input's size decides. */
  readonly pads: AxisPads | Same;
}

/** Attributes that determine how a window moves. */
export const WINDOW_ATTRIBUTES = Object.freeze(["auto_pad", "dilations", "kernel_shape", "pads", "strides"]);

/**
 * The spatial axes of a window. What ONNX Runtime refuses is invalid, and so is a dilated window with auto_pad: ONNX
 * Runtime's Conv refuses it, and its MaxPool ignores the dilations.
 */
export function windowOf(call: NodeAttributes, kernel: readonly number[]): readonly WindowAxis[] {
  const rank = kernel.length;
  const strides = listOf(call, "strides", rank, 1, 1);
  const dilations = listOf(call, "dilations", rank, 1, 1);
  const explicit = listOf(call, "pads", 2 * rank, 0, 0);
  const autoPad = autoPadOf(call);
  return kernel.map((taps, axis) => {
    if (taps < 1) call.invalid("Its window has no elements.");
    const moves = { kernel: taps, stride: strides[axis]!, dilation: dilations[axis]! };
    if (autoPad === "NOTSET") return { ...moves, pads: [explicit[axis]!, explicit[axis + rank]!] };
    if (autoPad === "VALID") return { ...moves, pads: [0, 0] };
    return moves.dilation === 1
      ? { ...moves, pads: autoPad }
      : call.invalid(
          `Not every kernel considers dilations when ${autoPad} chooses the pads. Give the pads as numbers.`,
        );
  });
}

/** As in ONNX Runtime: empty text is NOTSET, and values that ONNX does not list are invalid. */
export function autoPadOf(call: NodeAttributes): Same | "NOTSET" | "VALID" {
  const autoPad = call.text("auto_pad", "NOTSET") || "NOTSET";
  switch (autoPad) {
    case "NOTSET":
    case "VALID":
    case "SAME_UPPER":
    case "SAME_LOWER":
      return autoPad;
    default:
      return call.invalid(`Its auto_pad is "${autoPad}", which ONNX does not define.`);
  }
}

function listOf(
  call: NodeAttributes,
  name: string,
  length: number,
  fallback: number,
  least: number,
): readonly number[] {
  const list = call.ints(name) ?? Array.from({ length }, () => fallback);
  if (list.length === length && list.every((element) => element >= least)) return list;
  return call.invalid(
    `Its attribute "${name}" is [${list.join(", ")}], but ${length} numbers of at least ${least} are needed.`,
  );
}

/** Whether the number of positions is rounded up. ONNX Runtime does so only for 1. */
export function roundsUp(call: NodeAttributes): boolean {
  return call.int("ceil_mode", 0) === 1;
}

/** Elements from the first tap to the last. */
export function extentOf({ kernel, dilation }: Pick<WindowAxis, "kernel" | "dilation">): number {
  return (kernel - 1) * dilation + 1;
}

/** SAME gives as many positions as the size divided by the stride, rounded up; SAME_UPPER puts an odd pad last. */
export function padsAlong(axis: WindowAxis, size: number): AxisPads {
  const { pads, stride } = axis;
  if (typeof pads !== "string") return pads;
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + extentOf(axis) - size, 0);
  const small = Math.floor(total / 2);
  return pads === "SAME_UPPER" ? [small, total - small] : [total - small, small];
}

/**
 * The number of positions of a window; 0 if it is larger than its padded input.
 * @param roundUp ceil_mode: a last window may stick out, but must not begin in the pads behind the input
 */
export function positionsAlong(axis: WindowAxis, size: number, roundUp = false): number {
  const [before, after] = padsAlong(axis, size);
  const steps = (size + before + after - extentOf(axis)) / axis.stride;
  if (!roundUp) return Math.max(Math.floor(steps) + 1, 0);
  const positions = Math.ceil(steps) + 1;
  return Math.max((positions - 1) * axis.stride >= size + before ? positions - 1 : positions, 0);
}
