import { extentOf, padsAlong, positionsAlong, windowOf, type WindowAxis } from "../../onnx/windows.ts";
import type { Call } from "../call.ts";

/** Number of spatial axes emulated; axes of length 1 are prepended if there are fewer. */
export const AXES = 3;

export interface Axis extends Omit<WindowAxis, "pads"> {
  readonly size: number;
  readonly before: number;
  readonly out: number;
}

export function axesOf(call: Call, sizes: readonly number[], kernel: readonly number[]): readonly [Axis, Axis, Axis] {
  const axes = windowOf(call, kernel).map((window, at) => {
    const size = sizes[at]!;
    return { ...window, size, before: padsAlong(window, size)[0], out: positionsAlong(window, size) };
  });
  const point = { size: 1, kernel: 1, stride: 1, dilation: 1, before: 0, out: 1 };
  const filler: readonly Axis[] = Array.from({ length: AXES - sizes.length }, () => point);
  return [...filler, ...axes] as unknown as readonly [Axis, Axis, Axis];
}

export function isPadded({ size, before, out, ...window }: Axis): boolean {
  return before > 0 || (out - 1) * window.stride + extentOf(window) - before > size;
}

/** Winograd and FFT require a window of at least 3 that moves in single steps. */
export function mayTransform(axes: readonly Axis[]): boolean {
  const wide = axes.filter(({ kernel }) => kernel > 1);
  return (
    wide.length > 0 &&
    wide.every(({ kernel }) => kernel >= 3) &&
    axes.every(({ stride, dilation }) => stride === 1 && dilation === 1)
  );
}
