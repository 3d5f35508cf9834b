import type { Pair, Window } from "../network.ts";
import { extentOf, slidesOver } from "../window.ts";
import type { Convolution } from "./linear-nodes.ts";

/** A convolution that gives each 2x2 block of outputs as four channels, in the order that DepthToSpace's CRD mode reverses. */
export interface Polyphase {
  readonly convolution: Convolution;
  /** True if there is a row or column too many, because the number wanted is odd. */
  readonly oversized: boolean;
}

/**
 * The same sums by a convolution of twice the stride: the output at 2u + i is the one at u of a kernel shifted by i
 * strides. Each kernel is widened by one stride of zeros and occurs four times, so every sum keeps its terms, and no
 * library can use Winograd or FFT.
 * @param size height and width of the input
 */
export function polyphase(conv: Convolution, size: Pair): Polyphase {
  const { weights, bias, groups, inputChannels, window } = conv;
  const { strides, pads } = window;
  const outputs = slidesOver(size[0], size[1], window);
  const extent = extentOf(window);
  const kernel: Pair = [extent[0] + strides[0], extent[1] + strides[1]];
  const planes = weights.length / (window.kernel[0] * window.kernel[1]);
  const inputsEach = inputChannels / groups;
  const wide = new Float64Array(4 * planes * kernel[0] * kernel[1]);
  for (let plane = 0; plane < planes; plane++) {
    const [output, input] = [Math.floor(plane / inputsEach), plane % inputsEach];
    for (let phase = 0; phase < 4; phase++) {
      const start = ((output * 4 + phase) * inputsEach + input) * kernel[0] * kernel[1];
      const moved: Pair = [Math.floor(phase / 2) * strides[0], (phase % 2) * strides[1]];
      forEachTap(window, (row, column, at) => {
        wide[start + (row + moved[0]) * kernel[1] + column + moved[1]] =
          weights[plane * window.kernel[0] * window.kernel[1] + at]!;
      });
    }
  }
  const after = ([0, 1] as const).map((axis) => {
    const reach = 2 * strides[axis] * (Math.ceil(outputs[axis] / 2) - 1) + kernel[axis];
    return Math.max(0, reach - size[axis] - pads[axis]);
  });
  return {
    convolution: {
      weights: wide,
      bias: fourfold(bias),
      groups,
      inputChannels,
      window: {
        kernel,
        strides: [2 * strides[0], 2 * strides[1]],
        dilations: [1, 1],
        pads: [pads[0], pads[1], after[0]!, after[1]!],
      },
    },
    oversized: outputs.some((count) => count % 2 === 1),
  };
}

/** Each channel's number four times, once per phase. */
export function fourfold(channels: Float64Array): Float64Array {
  return Float64Array.from({ length: 4 * channels.length }, (_, channel) => channels[channel >> 2]!);
}

/** The position of each weight of a kernel once its dilation is written out. */
function forEachTap({ kernel, dilations }: Window, visit: (row: number, column: number, at: number) => void): void {
  for (let at = 0; at < kernel[0] * kernel[1]; at++) {
    visit(Math.floor(at / kernel[1]) * dilations[0], (at % kernel[1]) * dilations[1], at);
  }
}

/** Along an axis with one output the stride has no effect, so it can be 2. */
export function withFreeStrides(window: Window, outputs: Pair): Window {
  const strides = window.strides.map((stride, axis) =>
    outputs[axis] === 1 ? Math.max(2, stride) : stride,
  ) as unknown as Pair;
  return { ...window, strides };
}
