import { extentOf, padsAlong, positionsAlong, windowOf, type AxisPads, type WindowAxis } from "#core/onnx/windows.ts";
import type { Call } from "./call.ts";
import { describeDims, type Dim, type Dims } from "./dims.ts";
import { refuse } from "./refusal.ts";

/** How a sliding window moves along one spatial axis. */
export interface Axis extends Omit<WindowAxis, "pads"> {
  readonly size: Dim;
  /** Null: chosen by auto_pad for an unknown size. */
  readonly pads: AxisPads | null;
  readonly out: Dim;
}

/**
 * The spatial axes of a Conv or pool.
 * @param dims of its input; null if unknown
 * @throws Refusal for attributes that do not fit together
 */
export function windowAxes(call: Call, kernel: readonly number[], dims: Dims | null): readonly Axis[] {
  const rank = kernel.length;
  if (dims !== null && dims.length !== rank + 2) {
    refuse(`Its window has ${rank} spatial axes, but its input has the shape ${describeDims(dims)}.`);
  }
  return windowOf(call, kernel).map((window, index) => {
    const unknown = call.unknownSize(index + 2);
    return over(window, dims?.[index + 2] ?? unknown, unknown);
  });
}

function over(window: WindowAxis, size: Dim, unknown: string): Axis {
  const { pads, stride } = window;
  if (typeof pads === "string" && extentOf(window) < stride)
    refuse(`Its window is smaller than its stride, so ${pads} needs negative pads, which not every backend supports.`);
  if (typeof size === "string") {
    if (typeof pads === "string") return { ...window, size, pads: null, out: stride === 1 ? size : unknown };
    const keepsSize = stride === 1 && pads[0] + pads[1] - extentOf(window) === -1;
    return { ...window, size, pads, out: keepsSize ? size : unknown };
  }
  const out = positionsAlong(window, size);
  if (out === 0) refuse("Its window is larger than its padded input.");
  return { ...window, size, pads: padsAlong(window, size), out };
}

export function isPadded({ pads }: Axis): boolean {
  return pads === null || pads[0] > 0 || pads[1] > 0;
}

/** True if every position of the window contains at least one element that is not padding. */
export function alwaysMeetsData(axis: Axis): boolean {
  if (!isPadded(axis)) return true;
  const { size, kernel, stride, dilation, pads, out } = axis;
  if (pads === null || typeof size === "string" || typeof out === "string") return false;
  for (let position = 0; position < out; position++) {
    const start = position * stride - pads[0];
    const firstTap = Math.max(0, Math.ceil(-start / dilation));
    if (firstTap >= kernel || start + firstTap * dilation >= size) return false;
  }
  return true;
}

/** True if rounding the output size up (ceil_mode) changes nothing. */
export function comesOutEven({ size, stride, pads, ...rest }: Axis): boolean {
  if (stride === 1) return true;
  if (typeof size === "string" || pads === null) return false;
  return (size + pads[0] + pads[1] - extentOf(rest)) % stride === 0;
}

export function outDims(dims: Dims | null, channels: Dim, axes: readonly Axis[]): Dims | null {
  return dims === null ? null : [dims[0]!, channels, ...axes.map(({ out }) => out)];
}
