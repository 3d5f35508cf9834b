import type { Elements } from "../../tensors/read-elements.ts";
import { padsAlong, positionsAlong, roundsUp, windowOf, type WindowAxis } from "../../onnx/windows.ts";
import type { Call } from "../call.ts";
import { allCoordinates, coordinatesOf, placeOf, stridesOf } from "./strides.ts";

/** The elements in a pool's window at one output position. */
export interface Meeting {
  /** Input indices of the elements, in row-major order of the window. */
  readonly places: readonly number[];
  /** Number of taps within the input or its pads, without those that ceil_mode adds. */
  readonly padded: number;
}

/** @returns the pool's output shape and its windows; a global pool's window is the whole image */
export function poolWindows(
  call: Call,
  input: Elements,
): { readonly dims: readonly number[]; readonly meetingAt: (index: number) => Meeting } {
  const spatial = input.dims.slice(2);
  const global = call.node.op.startsWith("Global");
  const kernel = global ? spatial : (call.ints("kernel_shape") ?? spatial);
  const axes = global
    ? kernel.map((taps): WindowAxis => ({ kernel: taps, stride: 1, dilation: 1, pads: [0, 0] }))
    : windowOf(call, kernel);
  const pads = axes.map((axis, at) => padsAlong(axis, spatial[at]!));
  const up = roundsUp(call);
  const out = axes.map((axis, at) => positionsAlong(axis, spatial[at]!, up));
  const dims = [...input.dims.slice(0, 2), ...out];
  const inner = stridesOf(input.dims);
  const taps = allCoordinates(kernel);
  const meetingAt = (index: number): Meeting => {
    const coordinates = coordinatesOf(index, dims);
    const start = coordinates.slice(2).map((along, axis) => along * axes[axis]!.stride - pads[axis]![0]);
    const base = placeOf(coordinates.slice(0, 2), inner);
    const places: number[] = [];
    let padded = 0;
    for (const tap of taps) {
      const at = tap.map((along, axis) => start[axis]! + along * axes[axis]!.dilation);
      if (at.every((along, axis) => along < spatial[axis]! + pads[axis]![1])) padded++;
      if (at.every((along, axis) => along >= 0 && along < spatial[axis]!))
        places.push(base + placeOf(at, inner.slice(2)));
    }
    return { places, padded };
  };
  return { dims, meetingAt };
}
