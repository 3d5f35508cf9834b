import type { Trail } from "./tensor.ts";
import { isPadded, type Window } from "./windows.ts";

/* What ONNX Runtime's WebGPU provider (1.30.0) computes incorrectly. A certificate must list every such node. */

/** Two activations after a Conv are fused into it, and the second replaces the first, which may let through less. */
export function forgottenClamp({ clamp }: Trail, [low, high]: readonly [number, number]): boolean {
  return clamp !== null && (low < clamp[0] || high > clamp[1]);
}

/** A packed kernel reads a wrong channel if there are 3n channels, not divisible by 4, and 4n outputs. */
export function misreadsChannels(group: number, inputs: number, outputs: number): boolean {
  return group === 1 && inputs > 3 && inputs % 3 === 0 && inputs % 4 !== 0 && outputs % 4 === 0;
}

/** Filters are computed 4, 2 or 1 at once, as divides their number, across the borders of groups. */
export function mixesGroups(group: number, outputs: number): boolean {
  const perGroup = outputs / group;
  const atOnce = [4, 2, 1].find((count) => outputs % count === 0)!;
  return group > 1 && perGroup >= 4 && perGroup % atOnce !== 0;
}

/** A Conv that covers its input, or is 1x1, becomes a matrix product that considers only the pads in front. */
export function overlooksPads(axes: readonly Window[], { padded, unpadded }: Trail): boolean {
  if (axes.some((axis) => axis.pads !== null && axis.pads[0] > 0)) return false;
  if (!padded && !axes.some(isPadded)) return false;
  const covers = axes.every(({ size, kernel }, index) => {
    const before = padded ? unpadded?.[index + 2] : size;
    return typeof before !== "number" || before === kernel;
  });
  return covers || axes.every(({ kernel, stride }) => kernel === 1 && stride === 1);
}

/** A backward slice begins at the end of the axis, wherever its start is. */
export function misplacesSlice(step: number, start: number, size: number | string): boolean {
  return step < 0 && !(typeof size === "number" && (start >= size - 1 || start === -1));
}
