import type { Call } from "./call.ts";
import { describeDims, type Dim, type Dims } from "./dims.ts";
import { refuse } from "./refusal.ts";

/** How a sliding window moves along one spatial axis. */
export interface Axis {
  readonly size: Dim;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Null: as many as auto_pad finds for a size that is not known. */
  readonly pads: readonly [before: number, after: number] | null;
  readonly out: Dim;
}

/** Attributes that say how a window moves. */
export const WINDOW_ATTRIBUTES = Object.freeze(["auto_pad", "dilations", "kernel_shape", "pads", "strides"]);

/**
 * The spatial axes of a Conv or pool.
 * @param dims of its input; null where unknown
 * @throws Refusal for attributes that do not fit together
 */
export function windowAxes(call: Call, kernel: readonly number[], dims: Dims | null): readonly Axis[] {
  const rank = kernel.length;
  if (dims !== null && dims.length !== rank + 2) {
    refuse(`Its window has ${rank} spatial axes, but its input has the shape ${describeDims(dims)}.`);
  }
  const strides = listOf(call, "strides", rank, 1, 1);
  const dilations = listOf(call, "dilations", rank, 1, 1);
  const explicit = listOf(call, "pads", 2 * rank, 0, 0);
  return kernel.map((taps, index) => {
    const size = dims?.[index + 2] ?? call.unknownSize(index + 2);
    const window = { size, kernel: taps, stride: strides[index]!, dilation: dilations[index]! };
    const unknown = call.unknownSize(index + 2);
    if (taps < 1) refuse("Its window has no elements.");
    return withPads(window, call.text("auto_pad", "NOTSET"), [explicit[index]!, explicit[index + rank]!], unknown);
  });
}

function listOf(call: Call, name: string, length: number, fallback: number, least: number): readonly number[] {
  const list = call.integerList(name) ?? Array.from({ length }, () => fallback);
  if (list.length === length && list.every((element) => element >= least)) return list;
  return refuse(`Its attribute "${name}" is [${list.join(", ")}], but needs ${length} numbers of at least ${least}.`);
}

function withPads(
  window: Omit<Axis, "pads" | "out">,
  autoPad: string,
  explicit: readonly [number, number],
  unknown: string,
): Axis {
  const { size, stride } = window;
  if (autoPad === "NOTSET") return { ...window, pads: explicit, out: slides(window, explicit, unknown) };
  if (autoPad === "VALID") return { ...window, pads: [0, 0], out: slides(window, [0, 0], unknown) };
  if (autoPad !== "SAME_UPPER" && autoPad !== "SAME_LOWER")
    refuse(`Its auto_pad is "${autoPad}", which is not one of ONNX's.`);
  if (window.dilation !== 1)
    refuse(`Not every kernel counts its dilations when ${autoPad} chooses the pads. Give the pads as numbers.`);
  if (extent(window) < stride)
    refuse(
      `Its window is smaller than its stride, for which ${autoPad} asks for negative pads; not every backend runs that.`,
    );
  if (typeof size === "string") return { ...window, pads: null, out: stride === 1 ? size : unknown };
  const out = Math.ceil(size / stride);
  const total = Math.max((out - 1) * stride + extent(window) - size, 0);
  const small = Math.floor(total / 2);
  return { ...window, pads: autoPad === "SAME_UPPER" ? [small, total - small] : [total - small, small], out };
}

/** Elements from the first tap to the last. */
function extent({ kernel, dilation }: Omit<Axis, "pads" | "out">): number {
  return (kernel - 1) * dilation + 1;
}

function slides(window: Omit<Axis, "pads" | "out">, [before, after]: readonly [number, number], unknown: string): Dim {
  const room = before + after - extent(window);
  if (typeof window.size === "string") return room === -1 && window.stride === 1 ? window.size : unknown;
  const last = window.size + room;
  return last >= 0 ? Math.floor(last / window.stride) + 1 : refuse("Its window is larger than its padded input.");
}

export function isPadded({ pads }: Axis): boolean {
  return pads === null || pads[0] > 0 || pads[1] > 0;
}

/** True where every position of the window holds at least one element that is no padding. */
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

/** True where rounding the output size up (ceil_mode) changes nothing. */
export function comesOutEven({ size, stride, pads, ...rest }: Axis): boolean {
  if (stride === 1) return true;
  if (typeof size === "string" || pads === null) return false;
  return (size + pads[0] + pads[1] - extent({ size, stride, ...rest })) % stride === 0;
}

export function outDims(dims: Dims | null, channels: Dim, axes: readonly Axis[]): Dims | null {
  return dims === null ? null : [dims[0]!, channels, ...axes.map(({ out }) => out)];
}
