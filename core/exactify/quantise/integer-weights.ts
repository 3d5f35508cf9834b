import { biasOver, inputChannelOf } from "../input-channels.ts";
import type { LinearLayer } from "../network.ts";
import { untreatable } from "../untreatable.ts";
import { isPadded } from "../window.ts";
import type { Grid, IntegerWeights } from "./exact-network.ts";
import { EXACT_UNITS, TF32_UNITS } from "./limits.ts";

/** Sums shifted by more than this would need units finer than any sum below 2^24 has. */
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
 * The finest integers for a layer whose sums stay below 2^24 and whose weights keep TF32's 11 bits. Each channel gets its
 * own power of two; scales that are none are inside the weights.
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
 * @returns the unit of the sums as well
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
  const bias =
    layer.kind === "conv" && offsets !== null
      ? biasOver(
          layer,
          offsets.map((offset) => offset * scale),
        )
      : layer.bias;
  const offsetAt = layer.kind === "conv" && offsets !== null ? offsetBy(inputChannelOf(layer), offsets) : () => 0;
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

function offsetBy(channelOf: (at: number) => number, offsets: Float64Array): (at: number) => number {
  return (at) => offsets[channelOf(at)]!;
}

/** Padding in units of what comes in, to the nearest. */
function offsetsOf(layer: LinearLayer, scale: number): Float64Array | null {
  if (layer.kind !== "conv" || !isPadded(layer.window)) return null;
  const offsets = layer.padding.map((value) => Math.round(value / scale) + 0);
  return offsets.some((offset) => offset !== 0) ? offsets : null;
}

/** The largest shift for which there is a result: the bound grows with it. */
function finest<Result>(attempt: (shift: number) => Result | null): {
  readonly shift: number;
  readonly channel: Result;
} {
  for (let shift = MOST_SHIFT; shift >= -MOST_SHIFT; shift--) {
    const channel = attempt(shift);
    if (channel !== null) return { shift, channel };
  }
  return untreatable(
    "A layer's sums cannot be brought below 2^24. Its weights or biases are out of all proportion; normalise them and export the model again.",
  );
}

/** A channel's integers in units of `unit` / 2^shift; null where they reach a limit. */
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
    // Most shifts are tried in vain, so this is left as early as can be.
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
