import { sizeOf, type ConvLayer } from "./network.ts";

/** The input channel of a Conv's weight, by the weight's index. */
export function inputChannelOf({ weights, bias, groups, inputChannels, window }: ConvLayer): (at: number) => number {
  const taps = sizeOf(window.kernel);
  const inputsEach = inputChannels / groups;
  const weightsEach = weights.length / bias.length;
  const outputsEach = bias.length / groups;
  return (at) =>
    Math.floor(Math.floor(at / weightsEach) / outputsEach) * inputsEach + (Math.floor(at / taps) % inputsEach);
}

/** The bias of a convolution whose input is x - offset instead of x. */
export function biasOver(layer: ConvLayer, offsets: Float64Array): Float64Array {
  const channelOf = inputChannelOf(layer);
  const each = layer.weights.length / layer.bias.length;
  const bias = layer.bias.slice();
  for (const [at, weight] of layer.weights.entries()) bias[Math.floor(at / each)]! += weight * offsets[channelOf(at)]!;
  return bias;
}
