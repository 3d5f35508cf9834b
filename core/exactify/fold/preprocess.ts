import type { ModelInput } from "#core/model/model.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { sizeOf, type Network } from "../network.ts";

/**
 * Inserts a model's preprocessing, (grey * scale - mean) / std with 255 - grey if it inverts, as the first layer, so that
 * the network takes plain grey levels.
 */
export function withPreprocess(network: Network, preprocess: Preprocess, input: ModelInput): Network {
  const { name, shape } = network.input;
  const channelOf = channelsBy(input);
  const size = sizeOf(shape);
  const slope = (channel: number): number =>
    (preprocess.invert ? -preprocess.scale : preprocess.scale) / preprocess.std[channel]!;
  const start = (channel: number): number =>
    ((preprocess.invert ? 255 * preprocess.scale : 0) - preprocess.mean[channel]!) / preprocess.std[channel]!;
  const scaled = `${name}.scaled`;
  const each = (of: (channel: number) => number): Float64Array =>
    Float64Array.from({ length: size }, (_, at) => of(channelOf(at)));
  const layers = network.layers.map((layer) => ({
    ...layer,
    inputs: layer.inputs.map((read) => (read === name ? scaled : read)),
  }));
  return {
    ...network,
    layers: [
      { kind: "affine", name: scaled, inputs: [name], shape, scale: each(slope), shift: each(start) },
      ...layers,
    ],
  };
}

function channelsBy({ layout, channels, width, height }: ModelInput): (at: number) => number {
  return layout === "NHWC" ? (at) => at % channels : (at) => Math.floor(at / (width * height));
}
