import type { Elements } from "../../tensors/read-elements.ts";
import { type Call, Unclaimed } from "./call.ts";
import { coordinatesOf, placeOf, stridesOf } from "./strides.ts";

/** What a pool's window meets at one place of the output. */
export interface Meeting {
  /** Places of the elements in the input, in row-major order of the window. */
  readonly places: readonly number[];
  /** Taps that lie within the input or its pads, those beyond what ceil_mode adds left out. */
  readonly padded: number;
}

/** @returns the pool's output shape and what its window meets there; a global pool's window is the whole image */
export function poolWindows(
  call: Call,
  input: Elements,
): { readonly dims: readonly number[]; readonly meetingAt: (index: number) => Meeting } {
  const spatial = input.dims.slice(2);
  const global = call.node.op.startsWith("Global");
  const kernel = global ? spatial : (call.ints("kernel_shape") ?? spatial);
  const strides = (global ? null : call.ints("strides")) ?? kernel.map(() => 1);
  const dilations = (global ? null : call.ints("dilations")) ?? kernel.map(() => 1);
  const extents = kernel.map((taps, axis) => (taps - 1) * dilations[axis]! + 1);
  const pads = global ? kernel.map(() => [0, 0] as const) : padsOf(call, spatial, extents, strides);
  const up = call.int("ceil_mode", 0) === 1;
  const out = spatial.map((size, axis) => {
    const [before, after] = pads[axis]!;
    const steps = (size + before + after - extents[axis]!) / strides[axis]!;
    const places = (up ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // A window that would start in the pads behind the input is left out.
    return up && (places - 1) * strides[axis]! >= size + before ? places - 1 : places;
  });
  const dims = [...input.dims.slice(0, 2), ...out];
  const inner = stridesOf(input.dims);
  const taps = Array.from({ length: kernel.reduce((product, size) => product * size, 1) }, (_, at) =>
    coordinatesOf(at, kernel),
  );
  const meetingAt = (index: number): Meeting => {
    const coordinates = coordinatesOf(index, dims);
    const start = coordinates.slice(2).map((along, axis) => along * strides[axis]! - pads[axis]![0]);
    const base = placeOf(coordinates.slice(0, 2), inner);
    const places: number[] = [];
    let padded = 0;
    for (const tap of taps) {
      const at = tap.map((along, axis) => start[axis]! + along * dilations[axis]!);
      if (at.every((along, axis) => along < spatial[axis]! + pads[axis]![1])) padded++;
      if (at.every((along, axis) => along >= 0 && along < spatial[axis]!))
        places.push(base + placeOf(at, inner.slice(2)));
    }
    return { places, padded };
  };
  return { dims, meetingAt };
}

export function padsOf(
  call: Call,
  spatial: readonly number[],
  extents: readonly number[],
  strides: readonly number[],
): readonly (readonly [number, number])[] {
  const auto = call.text("auto_pad", "NOTSET");
  const explicit = call.ints("pads") ?? [];
  return spatial.map((size, axis) => {
    if (auto === "NOTSET") return [explicit[axis] ?? 0, explicit[axis + spatial.length] ?? 0];
    if (auto === "VALID") return [0, 0];
    if (!auto.startsWith("SAME_")) throw new Unclaimed(`The auto_pad "${auto}" is not known here.`);
    const total = Math.max((Math.ceil(size / strides[axis]!) - 1) * strides[axis]! + extents[axis]! - size, 0);
    const less = Math.floor(total / 2);
    return auto === "SAME_UPPER" ? [less, total - less] : [total - less, less];
  });
}
