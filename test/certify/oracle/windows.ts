import type { OracleCall } from "./call.ts";
import { limitSize, volume } from "./exact.ts";
import { indices, stridesOf } from "./indexing.ts";

/** For each output position the taps of its window: which tap, and where in one input plane (null: padding). */
export interface Windows {
  readonly out: readonly number[];
  readonly taps: readonly (readonly { readonly tap: number; readonly at: number | null }[])[];
}

export function windowsOf(call: OracleCall, kernel: readonly number[], spatial: readonly number[]): Windows {
  const rank = kernel.length;
  const strides = call.ints("strides") ?? kernel.map(() => 1);
  const dilations = call.ints("dilations") ?? kernel.map(() => 1);
  const pads = padsOf(call, kernel, spatial, strides, dilations);
  const out = spatial.map((size, axis) => {
    const reach = (kernel[axis]! - 1) * dilations[axis]! + 1;
    return Math.floor((size + pads[axis]! + pads[axis + rank]! - reach) / strides[axis]!) + 1;
  });
  limitSize(volume(out) * volume(kernel));
  const steps = stridesOf(spatial);
  const taps: { tap: number; at: number | null }[][] = [];
  for (const position of indices(out)) {
    const window: { tap: number; at: number | null }[] = [];
    for (const offset of indices(kernel)) {
      const place = offset.map((tap, axis) => position[axis]! * strides[axis]! - pads[axis]! + tap * dilations[axis]!);
      const inside = place.every((coordinate, axis) => coordinate >= 0 && coordinate < spatial[axis]!);
      window.push({
        tap: window.length,
        at: inside ? place.reduce((sum, coordinate, axis) => sum + coordinate * steps[axis]!, 0) : null,
      });
    }
    taps.push(window);
  }
  return { out, taps };
}

function padsOf(
  call: OracleCall,
  kernel: readonly number[],
  spatial: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): readonly number[] {
  const autoPad = call.text("auto_pad", "NOTSET");
  if (autoPad === "NOTSET" || autoPad === "") return call.ints("pads") ?? [...kernel, ...kernel].map(() => 0);
  if (autoPad === "VALID") return [...kernel, ...kernel].map(() => 0);
  const totals = spatial.map((size, axis) => {
    const reach = (kernel[axis]! - 1) * dilations[axis]! + 1;
    return Math.max((Math.ceil(size / strides[axis]!) - 1) * strides[axis]! + reach - size, 0);
  });
  const less = totals.map((total) => Math.floor(total / 2));
  const more = totals.map((total) => Math.ceil(total / 2));
  return autoPad === "SAME_UPPER" ? [...less, ...more] : [...more, ...less];
}
