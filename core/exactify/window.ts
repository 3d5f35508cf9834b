import { extentOf as extentAlong, positionsAlong, type WindowAxis } from "#core/onnx/windows.ts";
import type { Pads, Pair, Window } from "./network.ts";
import { untreatable } from "./untreatable.ts";

function axesOf({ kernel, strides, dilations, pads }: Window): readonly [WindowAxis, WindowAxis] {
  const along = (axis: 0 | 1): WindowAxis => ({
    kernel: kernel[axis],
    stride: strides[axis],
    dilation: dilations[axis],
    pads: [pads[axis], pads[axis + 2]!],
  });
  return [along(0), along(1)];
}

/** Rows and columns that a window covers, from its first tap to its last. */
export function extentOf(window: Window): Pair {
  const [vertical, horizontal] = axesOf(window);
  return [extentAlong(vertical), extentAlong(horizontal)];
}

/** The number of positions of a window, down and across. */
export function slidesOver(height: number, width: number, window: Window): Pair {
  const [vertical, horizontal] = axesOf(window);
  const size: Pair = [positionsAlong(vertical, height), positionsAlong(horizontal, width)];
  return size[0] > 0 && size[1] > 0 ? size : untreatable("A window in it is larger than its padded image.");
}

export function isPadded({ pads }: Window): boolean {
  return pads.some((count) => count > 0);
}

/** The pads that complete ceil_mode's last, partial window. Padding never wins a maximum. */
export function ceiledPads(size: Pair, window: Window): Pads {
  const [top, left, bottom, right] = window.pads;
  const [below, behind] = axesOf(window).map((axis, at) => {
    const used = (positionsAlong(axis, size[at]!, true) - 1) * axis.stride + extentAlong(axis);
    return Math.max(used - (size[at]! + window.pads[at]! + window.pads[at + 2]!), 0);
  });
  return [top, left, bottom + below!, right + behind!];
}
