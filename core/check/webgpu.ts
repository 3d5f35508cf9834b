import type { Trail } from "./tensor.ts";
import { isPadded, type Window } from "./windows.ts";

/*
 * What ONNX Runtime's WEBGPU (1.30.0) computes otherwise than ONNX says. A certificate must name each node that meets one of these.
 */

/** Two activations behind a Conv are fused into it, and the second replaces the first, which may let through less. */
export function forgottenClamp({ clamp }: Trail, [low, high]: readonly [number, number]): boolean {
  return clamp !== null && (low < clamp[0] || high > clamp[1]);
}

/** A packed kernel reads a wrong channel where channels come in threes and not in fours, and outputs in fours. */
export function misreadsChannels(group: number, inputs: number, outputs: number): boolean {
  return group === 1 && inputs > 3 && inputs % 3 === 0 && inputs % 4 !== 0 && outputs % 4 === 0;
}

/** Filters computed at once, as many as divide all of them up to 4, straddle two groups. */
export function mixesGroups(group: number, outputs: number): boolean {
  const perGroup = outputs / group;
  const atOnce = [4, 2, 1].find((count) => outputs % count === 0)!;
  return group > 1 && perGroup >= 4 && perGroup % atOnce !== 0;
}

/** A Conv that covers its input, or is 1x1, becomes a matrix product that heeds the pads in front alone. */
export function overlooksPads(axes: readonly Window[], { padded, unpadded }: Trail): boolean {
  if (axes.some((axis) => axis.pads !== null && axis.pads[0] > 0)) return false;
  if (!padded && !axes.some(isPadded)) return false;
  const covers = axes.every(({ size, kernel }, index) => {
    const before = padded ? unpadded?.[index + 2] : size;
    return typeof before !== "number" || before === kernel;
  });
  return covers || axes.every(({ kernel, stride }) => kernel === 1 && stride === 1);
}

/** A slice backwards begins at the end of the axis, wherever its start is. */
export function misplacesSlice(step: number, start: number, size: number | string): boolean {
  return step < 0 && !(typeof size === "number" && (start >= size - 1 || start === -1));
}
