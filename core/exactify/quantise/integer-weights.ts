import { biasOver, inputChannelOf } from "../input-channels.ts";
import type { LinearLayer } from "../network.ts";
import { untreatable } from "../untreatable.ts";
import { isPadded } from "../window.ts";
import type { Grid, IntegerWeights } from "./exact-network.ts";
import { EXACT_UNITS, TF32_UNITS } from "./limits.ts";

/** A larger shift would need units finer than any sum below 2^24 has. */
const MOST_SHIFT = 30;

/** One output channel's numbers, in units of the input's grid: result = sum(factors * x) + start. */
interface Channel {
  readonly factors: Float64Array;
  readonly start: number;
  /** The largest |x| that each factor may meet. */
  readonly reach: Float64Array;
}

interface IntegerChannel {
  readonly weights: Float64Array;
  readonly bias: number;
  readonly worstSum: number;
}

/**
 * The finest integers for a layer whose sums stay below 2^24 and whose weights fit TF32's 11 bits. Each channel has its
 * own power of two; the weights contain the rest of its scale.
 * @param unit what one unit of the result is worth
 */
export function integerWeights(layer: LinearLayer, input: Grid, unit: number): IntegerWeights {
  const { channels, offsets } = channelsOf(layer, input);
  const found = channels.map((channel) => finest((shift) => rounded(channel, unit, shift, shift >= 1)));
  return {
    ...assembled(found.map(({ channel }) => channel)),
    shifts: Float64Array.from(found, ({ shift }) => shift),
    offsets,
  };
}

/**
 * The same for the logits, whose channels share one power of two and are not rounded again.
 * @returns also the unit of the sums
 */
export function integerLogits(
  layer: LinearLayer,
  input: Grid,
): { readonly integers: IntegerWeights; readonly unit: number } {
  const { channels, offsets } = channelsOf(layer, input);
  const { shift } = finest((power) => {
    const all = channels.map((channel) => rounded(channel, 1, power, false));
    return all.every((channel) => channel !== null) ? all : null;
  });
  const all = channels.map((channel) => rounded(channel, 1, shift, false)!);
  return { integers: { ...assembled(all), shifts: null, offsets }, unit: 2 ** -shift };
}

function channelsOf(
  layer: LinearLayer,
  { scale, lowest, highest }: Grid,
): { readonly channels: readonly Channel[]; readonly offsets: Float64Array | null } {
  const offsets = offsetsOf(layer, scale);
  const outputs = layer.bias.length;
  const each = layer.weights.length / outputs;
  let { bias } = layer;
  let offsetAt: (at: number) => number = () => 0;
  if (layer.kind === "conv" && offsets !== null) {
    const channelOf = inputChannelOf(layer);
    const padding = offsets.map((offset) => offset * scale);
    bias = biasOver(layer, padding);
    offsetAt = (at) => offsets[channelOf(at)]!;
  }
  const channels = Array.from({ length: outputs }, (_, output) => ({
    factors: layer.weights.slice(output * each, (output + 1) * each).map((weight) => weight * scale),
    start: bias[output]!,
    reach: Float64Array.from({ length: each }, (__, at) => {
      const offset = offsetAt(output * each + at);
      return Math.max(Math.abs(lowest - offset), Math.abs(highest - offset));
    }),
  }));
  return { channels, offsets };
}

/** Padding in units of the input, to the nearest. */
function offsetsOf(layer: LinearLayer, scale: number): Float64Array | null {
  if (layer.kind !== "conv" || !isPadded(layer.window)) return null;
  const offsets = layer.padding.map((value) => Math.round(value / scale) + 0);
  return offsets.some((offset) => offset !== 0) ? offsets : null;
}

/** The largest shift that has a result: the bound grows with the shift. */
function finest<Result>(attempt: (shift: number) => Result | null): {
  readonly shift: number;
  readonly channel: Result;
} {
  for (let shift = MOST_SHIFT; shift >= -MOST_SHIFT; shift--) {
    const channel = attempt(shift);
    if (channel !== null) return { shift, channel };
  }
  return untreatable(
    "A layer's sums cannot be brought below 2^24. Its weights or biases differ too much in size; normalise them and export the model again.",
  );
}

/** A channel's integers in units of `unit` / 2^shift; null if they exceed a limit. */
function rounded(
  { factors, start, reach }: Channel,
  unit: number,
  shift: number,
  halfUp: boolean,
): IntegerChannel | null {
  const fine = unit * 2 ** -shift;
  const bias = Math.round(start / fine) + (halfUp ? 2 ** (shift - 1) : 0);
  const weights = new Float64Array(factors.length);
  let worstSum = Math.abs(bias);
  for (const [at, factor] of factors.entries()) {
    const weight = Math.round(factor / fine) + 0;
    weights[at] = weight;
    worstSum += Math.abs(weight) * reach[at]!;
    // Most shifts fail, so this ends as early as possible.
    if (Math.abs(weight) > TF32_UNITS || worstSum >= EXACT_UNITS) return null;
  }
  return worstSum < EXACT_UNITS ? { weights, bias: bias + 0, worstSum } : null;
}

function assembled(channels: readonly IntegerChannel[]): Pick<IntegerWeights, "weights" | "bias" | "worstSum"> {
  const each = channels[0]!.weights.length;
  const weights = new Float64Array(channels.length * each);
  for (const [output, channel] of channels.entries()) weights.set(channel.weights, output * each);
  return {
    weights,
    bias: Float64Array.from(channels, ({ bias }) => bias),
    worstSum: Math.max(...channels.map((channel) => channel.worstSum)),
  };
}
