import { sizeOf, type ConvLayer } from "./network.ts";

/** Which input channel a Conv's weight belongs to, by the weight's place. */
export function inputChannelOf({ weights, bias, groups, inputChannels, window }: ConvLayer): (at: number) => number {
  const taps = sizeOf(window.kernel);
  const inputsEach = inputChannels / groups;
  const weightsEach = weights.length / bias.length;
  const outputsEach = bias.length / groups;
  return (at) =>
    Math.floor(Math.floor(at / weightsEach) / outputsEach) * inputsEach + (Math.floor(at / taps) % inputsEach);
}

/** The bias of a convolution that is fed x - offset instead of x. */
export function biasOver(layer: ConvLayer, offsets: Float64Array): Float64Array {
  const channelOf = inputChannelOf(layer);
  const each = layer.weights.length / layer.bias.length;
  const bias = layer.bias.slice();
  for (const [at, weight] of layer.weights.entries()) bias[Math.floor(at / each)]! += weight * offsets[channelOf(at)]!;
  return bias;
}
