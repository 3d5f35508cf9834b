import { isLinear } from "./network.ts";
import type { ExactNetwork, IntegerWeights } from "./quantise/exact-network.ts";
import { EXACT_UNITS } from "./quantise/limits.ts";

/** What became of one linear layer. */
export interface LayerReport {
  readonly name: string;
  readonly kind: "conv" | "dense";
  /** Bits of its widest weight, without the sign. */
  readonly weightBits: number;
  /** Of what comes in, without the sign. */
  readonly inputBits: number;
  /** Fewest and most bits that a channel's sums are shifted down by; null for the logits, which are not. */
  readonly shifts: readonly [fewest: number, most: number] | null;
  /** The worst channel's share of 2^24. */
  readonly headroomUsed: number;
}

export function reportLayers({ network, grids, linear }: ExactNetwork): readonly LayerReport[] {
  return network.layers.filter(isLinear).map(({ name, kind, inputs }) => {
    const integers = linear.get(name)!;
    const { lowest, highest } = grids.get(inputs[0]!)!;
    return {
      name,
      kind,
      weightBits: bitsOf(largest(integers.weights)),
      inputBits: bitsOf(Math.max(-lowest, highest)),
      shifts: shiftsOf(integers),
      headroomUsed: integers.worstSum / EXACT_UNITS,
    };
  });
}

function largest(numbers: Float64Array): number {
  return numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
}

function bitsOf(most: number): number {
  return Math.ceil(Math.log2(most + 1));
}

function shiftsOf({ shifts }: IntegerWeights): LayerReport["shifts"] {
  return shifts && [Math.min(...shifts), Math.max(...shifts)];
}
