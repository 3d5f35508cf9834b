import type { Levels } from "../image/grey.ts";
import type { ModelInfo } from "./model.ts";
import type { Preprocess } from "../image/preprocess-settings.ts";

/**
 * Levels at the model's input size as its input tensor: value = (g * scale - mean) / std, with 255 - g for g if `invert`.
 * Computed in double precision and rounded once to float32. One channel of levels fills every channel of the model.
 */
export function normalise(
  { channels, values }: Levels,
  { input, preprocess }: Pick<ModelInfo, "input" | "preprocess">,
): Float32Array {
  const pixels = input.width * input.height;
  const tensor = new Float32Array(input.elements);
  // Only NHWC keeps a pixel's channels together; elsewhere each channel is a plane.
  const [pixelStep, channelStep] = input.layout === "NHWC" ? [input.channels, 1] : [1, pixels];
  const tableOfChannel = tablesOf(preprocess, input.channels);
  for (let channel = 0; channel < input.channels; channel++) {
    const table = tableOfChannel[channel]!;
    const from = channels === 1 ? 0 : channel;
    for (let pixel = 0; pixel < pixels; pixel++) {
      tensor[pixel * pixelStep + channel * channelStep] = table[values[pixel * channels + from]!]!;
    }
  }
  return tensor;
}

const tables = new WeakMap<Preprocess, readonly Float32Array[]>();

/** One table per channel, made once for a model's settings: a table costs more than an image of 784 pixels. */
function tablesOf(preprocess: Preprocess, channels: number): readonly Float32Array[] {
  const known = tables.get(preprocess);
  if (known?.length === channels) return known;
  const made = Array.from({ length: channels }, (_, channel) => tableOf(preprocess, channel));
  tables.set(preprocess, made);
  return made;
}

/** The value of each of the 256 levels in one channel. */
function tableOf({ scale, mean, std, invert }: Preprocess, channel: number): Float32Array {
  const channelMean = mean[channel];
  const channelStd = std[channel];
  if (channelMean === undefined || channelStd === undefined) {
    throw new Error(`the model's preprocessing has no mean or std for channel ${channel}`);
  }
  return Float32Array.from({ length: 256 }, (_, level) => {
    const shown = invert ? 255 - level : level;
    return (shown * scale - channelMean) / channelStd;
  });
}
