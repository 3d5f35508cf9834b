import type { Pads, Pair, Window } from "./network.ts";
import { untreatable } from "./untreatable.ts";

/** Rows and columns that a window meets, from its first tap to its last. */
export function extentOf({ kernel, dilations }: Window): Pair {
  return [(kernel[0] - 1) * dilations[0] + 1, (kernel[1] - 1) * dilations[1] + 1];
}

/** How many rows and columns a window slides to. */
export function slidesOver(height: number, width: number, window: Window): Pair {
  const [rows, columns] = extentOf(window);
  const [top, left, bottom, right] = window.pads;
  const size: Pair = [
    Math.floor((height + top + bottom - rows) / window.strides[0]) + 1,
    Math.floor((width + left + right - columns) / window.strides[1]) + 1,
  ];
  return size[0] > 0 && size[1] > 0 ? size : untreatable("A window in it is larger than its padded image.");
}

export function isPadded({ pads }: Window): boolean {
  return pads.some((count) => count > 0);
}

/** ONNX's SAME padding: as many windows as the size divided by the stride, rounded up. */
export function samePads(size: Pair, window: Window, upper: boolean): Pads {
  const [vertical, horizontal] = ([0, 1] as const).map((axis) => {
    const windows = Math.ceil(size[axis] / window.strides[axis]);
    const total = Math.max(0, (windows - 1) * window.strides[axis] + extentOf(window)[axis] - size[axis]);
    const small = Math.floor(total / 2);
    return upper ? ([small, total - small] as const) : ([total - small, small] as const);
  });
  return [vertical![0], horizontal![0], vertical![1], horizontal![1]];
}

/** The pads that make ceil_mode's last, partial window a whole one. Padding never wins a maximum. */
export function ceiledPads(size: Pair, window: Window): Pads {
  const [top, left, bottom, right] = window.pads;
  const extent = extentOf(window);
  const more = ([0, 1] as const).map((axis) => {
    const [before, after] = axis === 0 ? [top, bottom] : [left, right];
    const room = size[axis] + before + after - extent[axis];
    const rest = room % window.strides[axis];
    const starts = room - rest + window.strides[axis];
    // A window that would begin in the padding at the end is none.
    return rest === 0 || starts >= size[axis] + before ? 0 : window.strides[axis] - rest;
  });
  return [top, left, bottom + more[0]!, right + more[1]!];
}
