import type { Interval, Network } from "../network.ts";

/** A network whose values are all integers, and what each unit is worth. */
export interface ExactNetwork {
  readonly network: Network;
  /** By the name of the value. */
  readonly grids: ReadonlyMap<string, Grid>;
  /** By the name of the layer. */
  readonly linear: ReadonlyMap<string, IntegerWeights>;
}

/** Integers from lowest to highest, each worth `scale` of the float model's numbers. */
export interface Grid extends Interval {
  readonly scale: number;
}

/** A linear layer's integers; of a Conv [output channels, input channels / groups, kernel…], of a Gemm [outputs, inputs]. */
export interface IntegerWeights {
  readonly weights: Float64Array;
  /** Includes half a unit of the result, so that the Floor that follows rounds to nearest. */
  readonly bias: Float64Array;
  /** By how many bits each output channel is shifted down to the result's grid; null if the sums are the result. */
  readonly shifts: Float64Array | null;
  /** Subtracted from each input channel before the sum; null if nothing is. */
  readonly offsets: Float64Array | null;
  /** The worst channel's sum(|w|) * max|x| + |b|. */
  readonly worstSum: number;
}
