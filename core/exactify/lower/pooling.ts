import { roundsUp } from "#core/onnx/windows.ts";
import { EVERYTHING, type ConvLayer, type Tensor, type Window } from "../network.ts";
import { ceiledPads, isPadded, slidesOver } from "../window.ts";
import type { Lowered, NodeCall } from "./node-call.ts";

export function maxPool(call: NodeCall): Lowered {
  const { name, shape } = call.map();
  const given = call.window(call.ints("kernel_shape") ?? [], shape);
  const window = roundsUp(call) ? { ...given, pads: ceiledPads([shape[1], shape[2]], given) } : given;
  return [
    {
      kind: "maxPool",
      name: call.output,
      inputs: [name],
      shape: [shape[0], ...slidesOver(shape[1], shape[2], window)],
      window,
    },
  ];
}

export function globalMaxPool(call: NodeCall): Lowered {
  const { name, shape } = call.map();
  return [{ kind: "maxPool", name: call.output, inputs: [name], shape: [shape[0], 1, 1], window: wholeWindow(shape) }];
}

/** An average is a depthwise convolution whose weights are all 1 / window: its division becomes part of the requantisation. */
export function averagePool(call: NodeCall): Lowered {
  const input = call.map();
  const window = call.window(call.ints("kernel_shape") ?? [], input.shape);
  if (isPadded(window) && call.int("count_include_pad", 0) === 0) {
    call.refuse("divides by fewer elements at the border. Export it without padding, or with count_include_pad = 1.");
  }
  if (roundsUp(call) && ceiledPads([input.shape[1], input.shape[2]], window).join() !== window.pads.join()) {
    call.refuse("adds a partial window at the border (ceil_mode). Export it with ceil_mode = 0.");
  }
  return [average(call.output, input, window)];
}

export function globalAveragePool(call: NodeCall): Lowered {
  const input = call.map();
  return [average(call.output, input, wholeWindow(input.shape))];
}

/** The mean over height and width, as some exporters write the global pool. */
export function reduceMean(call: NodeCall): Lowered {
  const input = call.map();
  const axes = (call.list(1, "axes") ?? []).map((axis) => (axis < 0 ? axis + 4 : axis));
  if (axes.toSorted((a, b) => a - b).join() !== "2,3")
    call.refuse(`averages over the axes [${axes.join(", ")}]; exactify supports [2, 3], height and width.`);
  const pooled = average(call.output, input, wholeWindow(input.shape));
  if (call.int("keepdims", 1) !== 0) return [pooled];
  const kept = { ...pooled, name: `${call.output}.pooled` };
  return [kept, { kind: "move", name: call.output, inputs: [kept.name], shape: [input.shape[0]], order: null }];
}

function wholeWindow([, height, width]: readonly [number, number, number]): Window {
  return { kernel: [height, width], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] };
}

function average(
  name: string,
  input: Tensor & { readonly shape: readonly [number, number, number] },
  window: Window,
): ConvLayer {
  const [channels, height, width] = input.shape;
  const taps = window.kernel[0] * window.kernel[1];
  return {
    kind: "conv",
    name,
    inputs: [input.name],
    shape: [channels, ...slidesOver(height, width, window)],
    weights: new Float64Array(channels * taps).fill(1 / taps),
    bias: new Float64Array(channels),
    groups: channels,
    inputChannels: channels,
    window,
    padding: new Float64Array(channels),
    clip: EVERYTHING,
  };
}
