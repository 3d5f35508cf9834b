import { isLinear } from "./network.ts";
import type { ExactNetwork } from "./quantise/exact-network.ts";
import { EXACT_UNITS } from "./quantise/limits.ts";

/** How one linear layer was quantised. */
export interface LayerReport {
  readonly name: string;
  readonly kind: "conv" | "dense";
  /** Bits of its widest weight, without the sign. */
  readonly weightBits: number;
  /** Bits of its input, without the sign. */
  readonly inputBits: number;
  /** Fewest and most bits that a channel's sums are shifted down by; null for the logits, which are not shifted. */
  readonly shifts: readonly [fewest: number, most: number] | null;
  /** The worst channel's share of 2^24. */
  readonly headroomUsed: number;
}

export function reportLayers({ network, grids, linear }: ExactNetwork): readonly LayerReport[] {
  return network.layers.filter(isLinear).map(({ name, kind, inputs }) => {
    const { weights, shifts, worstSum } = linear.get(name)!;
    const { lowest, highest } = grids.get(inputs[0]!)!;
    return {
      name,
      kind,
      weightBits: bitsOf(weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0)),
      inputBits: bitsOf(Math.max(-lowest, highest)),
      shifts: shifts && [Math.min(...shifts), Math.max(...shifts)],
      headroomUsed: worstSum / EXACT_UNITS,
    };
  });
}

function bitsOf(most: number): number {
  return Math.ceil(Math.log2(most + 1));
}
