import { inputChannelOf } from "../input-channels.ts";
import { type AffineLayer, type ConvLayer, type LinearLayer } from "../network.ts";
import { isPadded } from "../window.ts";
import { perChannel } from "./per-channel.ts";

/** Scale and shift of each element of a value. */
export type Affine = Pick<AffineLayer, "scale" | "shift">;

/** scale * (W x + b) + shift as one linear layer; null if they differ within a channel. */
export function foldedBehind(layer: LinearLayer, affine: Affine): LinearLayer | null {
  const outputs = layer.bias.length;
  const [scale, shift] = [perChannel(affine.scale, outputs), perChannel(affine.shift, outputs)];
  if (scale === null || shift === null) return null;
  const each = layer.weights.length / outputs;
  return {
    ...layer,
    weights: layer.weights.map((weight, at) => weight * scale[Math.floor(at / each)]!),
    bias: layer.bias.map((bias, output) => bias * scale[output]! + shift[output]!),
  };
}

/**
 * W (scale * x + shift) + b as one linear layer of x; null if they differ within a channel.
 * Padding of the scaled values is expressed in x: it becomes (padding - shift) / scale.
 */
export function foldedBefore(layer: LinearLayer, affine: Affine): LinearLayer | null {
  if (layer.kind === "conv") return foldedBeforeConv(layer, affine);
  const inputs = affine.scale.length;
  const bias = layer.bias.map(
    (each, output) => each + sum(inputs, (input) => layer.weights[output * inputs + input]! * affine.shift[input]!),
  );
  return { ...layer, weights: layer.weights.map((weight, at) => weight * affine.scale[at % inputs]!), bias };
}

function foldedBeforeConv(layer: ConvLayer, affine: Affine): ConvLayer | null {
  const [scale, shift] = [perChannel(affine.scale, layer.inputChannels), perChannel(affine.shift, layer.inputChannels)];
  if (scale === null || shift === null) return null;
  if (isPadded(layer.window) && scale.some((factor) => factor === 0)) return null;
  const { weights, bias } = layer;
  const channelOf = inputChannelOf(layer);
  const each = weights.length / bias.length;
  return {
    ...layer,
    weights: weights.map((weight, at) => weight * scale[channelOf(at)]!),
    bias: bias.map(
      (own, output) => own + sum(each, (tap) => weights[output * each + tap]! * shift[channelOf(output * each + tap)]!),
    ),
    padding: layer.padding.map((value, channel) =>
      scale[channel] === 0 ? 0 : (value - shift[channel]!) / scale[channel]!,
    ),
  };
}

function sum(count: number, term: (index: number) => number): number {
  let total = 0;
  for (let index = 0; index < count; index++) total += term(index);
  return total;
}
