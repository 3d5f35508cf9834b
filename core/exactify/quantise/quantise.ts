import { isLinear, type Interval, type Layer, type Network } from "../network.ts";
import type { ExactNetwork, Grid, IntegerWeights } from "./exact-network.ts";
import { logitsLayer, unitGroups } from "./groups.ts";
import { integerLogits, integerWeights } from "./integer-weights.ts";
import { FIRST_ACTIVATION_BITS, MOST_ACTIVATION_BITS, type ActivationBits } from "./limits.ts";

const GREY_LEVELS: Grid = Object.freeze({ scale: 1, lowest: 0, highest: 255 });

/** Units are rounded to this many bits after the first, so that roundings of the measuring runtime do not show. */
const UNIT_BITS = 7;

interface Unit {
  readonly scale: number;
  /** Integers go up to here, and down as far if they may be negative. */
  readonly levels: number;
}

/**
 * Gives every value a grid and every linear layer integers.
 * @param largest magnitude that calibration saw, by group
 * @param bits of the activations, by group
 */
export function quantise(
  network: Network,
  largest: ReadonlyMap<string, number>,
  bits: ReadonlyMap<string, ActivationBits>,
): ExactNetwork {
  const groups = unitGroups(network);
  const last = logitsLayer(network);
  const grids = new Map<string, Grid>([[network.input.name, GREY_LEVELS]]);
  const linear = new Map<string, IntegerWeights>();
  const units = new Map<string, Unit>();
  for (const group of new Set(groups.values())) units.set(group, unitOf(group));

  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => grids.get(name)!);
    if (layer.name === last && isLinear(layer)) {
      const { integers, unit } = integerLogits(layer, inputs[0]!);
      linear.set(layer.name, integers);
      grids.set(layer.name, { scale: unit, lowest: -integers.worstSum, highest: integers.worstSum });
      continue;
    }
    const grid = last !== null && groups.get(layer.name) === last ? inputs[0]! : gridOf(layer, inputs);
    if (isLinear(layer)) linear.set(layer.name, integerWeights(layer, inputs[0]!, grid.scale));
    grids.set(layer.name, grid);
  }
  return { network, grids, linear };

  function unitOf(group: string): Unit {
    const levels = 2 ** (bits.get(group) ?? FIRST_ACTIVATION_BITS) - 1;
    if (group === groups.get(network.input.name)) return { scale: 1, levels: 2 ** MOST_ACTIVATION_BITS - 1 };
    // Clipping rare large values for the sake of finer units was tried: on digit models it made logits worse.
    const scale = (largest.get(group) || 1) / levels;
    // Logits keep the float model's own scale up to a power of two, the only exact factor.
    return { levels, scale: roundedUp(scale, group === groups.get(network.output) ? 0 : UNIT_BITS) };
  }

  function gridOf(layer: Layer, inputs: readonly Grid[]): Grid {
    const { scale, levels } = units.get(groups.get(layer.name)!)!;
    const whole = { lowest: -levels, highest: levels };
    if (isLinear(layer)) return { scale, ...cutTo(whole, layer.clip, scale) };
    const reached = reachedBy(layer, inputs);
    if (layer.kind !== "clip" && layer.kind !== "join") return { scale, ...reached };
    return { scale, ...cutTo(cutTo(reached, whole, 1), layer.clip, scale) };
  }
}

function reachedBy(layer: Layer, inputs: readonly Interval[]): Interval {
  const [lows, highs] = [inputs.map(({ lowest }) => lowest), inputs.map(({ highest }) => highest)];
  if (layer.kind !== "join" || layer.how === "concat")
    return { lowest: Math.min(...lows), highest: Math.max(...highs) };
  return {
    lowest: lows.reduce((total, low) => total + low, 0),
    highest: highs.reduce((total, high) => total + high, 0),
  };
}

/** An interval clipped to another one, which is given in numbers worth `scale` per unit. */
function cutTo({ lowest, highest }: Interval, clip: Interval, scale: number): Interval {
  const cut = (value: number): number =>
    Math.min(Math.max(value, Math.round(clip.lowest / scale)), Math.round(clip.highest / scale)) + 0;
  return { lowest: cut(lowest), highest: cut(highest) };
}

/** The groups whose bits can be chosen: all but the image's and the logits'. */
export function freeGroups(network: Network): readonly string[] {
  const groups = unitGroups(network);
  const last = logitsLayer(network);
  return [...new Set(groups.values())].filter((group) => group !== last && group !== groups.get(network.input.name));
}

/** The next number up with at most this many bits after the first. */
function roundedUp(value: number, bits: number): number {
  let power = 1;
  while (power > value) power /= 2;
  while (power * 2 <= value) power *= 2;
  const step = power / 2 ** bits;
  return Math.ceil(value / step) * step;
}
