import type { Dim } from "./dims.ts";
import type { Clamp, History } from "./history.ts";
import { isPadded, type Axis } from "./windows.ts";

/*
 * What ONNX Runtime's WebGPU provider (1.30.0, on SwiftShader) computes incorrectly, beyond rounding; the soundness suite
 * found each. A certificate lists these nodes and does not cover WEBGPU. Check again after an upgrade.
 */

/** Its fusion merges two consecutive activations into the Conv before them, and the second overwrites the first. */
export function forgottenClamp({ convClamp }: History, [least, most]: Clamp): string | null {
  // If the second lets through no more than the first, losing the first changes nothing.
  if (convClamp === null || (least >= convClamp[0] && most <= convClamp[1])) return null;
  return `it forgets the clamp to between ${convClamp[0]} and ${convClamp[1]} that stands between a Conv and this one; make one Clip of the two`;
}

/** Its packed kernel reads three channels at a time and takes a wrong one from the fourth on. */
export function misreadChannels(group: number, inputs: number, outputs: number): string | null {
  const threes = group === 1 && inputs > 3 && inputs % 3 === 0 && inputs % 4 !== 0 && outputs % 4 === 0;
  return threes
    ? `it reads wrong channels in a Conv from ${inputs} to ${outputs}; use a number of channels that is not a multiple of 3, or a multiple of 4`
    : null;
}

/** From four filters per group on, it computes as many at once as divide all filters, across the borders of groups. */
export function mixedGroups(group: number, outputs: number): string | null {
  const each = outputs / group;
  const atOnce = outputs % 4 === 0 ? 4 : outputs % 2 === 0 ? 2 : 1;
  return group > 1 && each >= 4 && each % atOnce !== 0
    ? `it mixes the groups of a Conv with ${each} filters in each of ${group} groups; use a multiple of 4 in each`
    : null;
}

/**
 * It turns a Conv that covers its input, or is 1x1, into a matrix product and considers only the pads in front. A Pad before
 * the Conv becomes the Conv's own.
 */
export function overlookedPads(axes: readonly Axis[], { padded, unpadded }: History): string | null {
  const noneInFront = axes.every(({ pads }) => pads === null || pads[0] === 0);
  const someBehind = padded || axes.some(isPadded);
  const covers = axes.every(({ size, kernel }, index) => {
    const real = padded ? (unpadded?.[index + 2] ?? "?") : size;
    return typeof real === "string" || real === kernel;
  });
  const pointwise = axes.every(({ kernel, stride }) => kernel === 1 && stride === 1);
  return noneInFront && someBehind && (covers || pointwise)
    ? "it overlooks the padding behind the input; pad in front too, or use a Pad"
    : null;
}

/** Backwards, it starts at the end of the axis, wherever the slice starts. */
export function misplacedSlice(step: number, start: number, size: Dim): string | null {
  const atTheEnd = typeof size === "number" && (start >= size - 1 || start === -1);
  return step < 0 && !atTheEnd
    ? "it slices backwards from the end of the axis, wherever the slice starts; use Gather with the indices in that order"
    : null;
}
