import type { CheckedNode } from "./node.ts";
import { reject } from "./rejection.ts";
import { shown, type Dim, type Dims } from "./sizes.ts";

/** One spatial axis of a Conv or pool. */
export interface Window {
  readonly size: Dim;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Null if an unknown size decides. */
  readonly pads: readonly [before: number, after: number] | null;
  readonly out: Dim;
}

/*
 * The checker does not use core/onnx/windows.ts but reads attributes itself: an error there would be in the certificate
 * and in its verification alike.
 */

export const WINDOW_ATTRIBUTES = Object.freeze(["auto_pad", "dilations", "kernel_shape", "pads", "strides"]);

export function windows(node: CheckedNode, kernel: readonly number[], dims: Dims): readonly Window[] {
  const rank = kernel.length;
  if (dims.length !== rank + 2) reject(`A window of ${rank} axes slides over the shape ${shown(dims)}.`);
  if (kernel.some((taps) => taps < 1)) reject("A window is empty.");
  const strides = listOf(node, "strides", rank, 1, 1);
  const dilations = listOf(node, "dilations", rank, 1, 1);
  const explicit = listOf(node, "pads", 2 * rank, 0, 0);
  const autoPad = node.text("auto_pad", "");
  return kernel.map((taps, index) => {
    const axis = { size: dims[index + 2]!, kernel: taps, stride: strides[index]!, dilation: dilations[index]! };
    const unknown = node.unknown(index + 2);
    switch (autoPad) {
      case "":
      case "NOTSET":
        return slid(axis, unknown, [explicit[index]!, explicit[index + rank]!]);
      case "VALID":
        return slid(axis, unknown, [0, 0]);
      case "SAME_UPPER":
      case "SAME_LOWER":
        return same(axis, unknown, autoPad === "SAME_UPPER");
      default:
        return reject(`auto_pad is "${autoPad}".`);
    }
  });
}

function listOf(node: CheckedNode, name: string, length: number, fallback: number, lowest: number): readonly number[] {
  const list = node.list(name) ?? Array.from({ length }, () => fallback);
  const fits = list.length === length && list.every((element) => element >= lowest);
  return fits ? list : reject(`"${name}" is [${list.join(", ")}].`);
}

type Axis = Omit<Window, "pads" | "out">;

function reach({ kernel, dilation }: Axis): number {
  return (kernel - 1) * dilation + 1;
}

function slid(axis: Axis, unknown: Dim, pads: readonly [number, number]): Window {
  const { size, stride } = axis;
  const room = pads[0] + pads[1] - reach(axis);
  if (typeof size === "string") return { ...axis, pads, out: room === -1 && stride === 1 ? size : unknown };
  if (size + room < 0) reject("A window is larger than its padded input.");
  return { ...axis, pads, out: Math.floor((size + room) / stride) + 1 };
}

/** Pads that give ceil(size / stride) positions; SAME_UPPER puts an odd pad behind. */
function same(axis: Axis, unknown: Dim, upper: boolean): Window {
  const { size, stride, dilation } = axis;
  if (dilation !== 1) reject("Kernels differ in the pads of a dilated window with auto_pad.");
  if (reach(axis) < stride) reject("auto_pad needs negative pads, which not every kernel supports.");
  if (typeof size === "string") return { ...axis, pads: null, out: stride === 1 ? size : unknown };
  const out = Math.ceil(size / stride);
  const total = Math.max((out - 1) * stride + reach(axis) - size, 0);
  const half = Math.floor(total / 2);
  return { ...axis, pads: upper ? [half, total - half] : [total - half, half], out };
}

export function isPadded({ pads }: Window): boolean {
  return pads === null || pads[0] > 0 || pads[1] > 0;
}

/** Whether each position of the window holds an element of the input. */
export function meetsInput(window: Window): boolean {
  const { size, kernel, stride, dilation, pads, out } = window;
  if (!isPadded(window)) return true;
  if (pads === null || typeof size === "string" || typeof out === "string") return false;
  for (let position = 0; position < out; position++) {
    const start = position * stride - pads[0];
    const firstInside = Math.max(0, Math.ceil(-start / dilation));
    if (firstInside >= kernel || start + firstInside * dilation >= size) return false;
  }
  return true;
}

/** Whether ceil_mode changes nothing. */
export function comesOutEven(window: Window): boolean {
  const { size, stride, pads } = window;
  if (stride === 1) return true;
  if (typeof size === "string" || pads === null) return false;
  return (size + pads[0] + pads[1] - reach(window)) % stride === 0;
}

export function slidDims(dims: Dims, channels: Dim, axes: readonly Window[]): Dims {
  return [dims[0]!, channels, ...axes.map(({ out }) => out)];
}
