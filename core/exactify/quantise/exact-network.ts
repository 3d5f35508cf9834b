import type { Interval, Network } from "../network.ts";

/** A network whose values are all integers, with what each unit is worth. */
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
  /** Rounding to nearest is in it: half a unit of the result, since Floor follows. */
  readonly bias: Float64Array;
  /** By how many bits each output channel is shifted down to the grid of the result; null: the sums are the result. */
  readonly shifts: Float64Array | null;
  /** What is subtracted from each input channel before the sum; null: nothing. */
  readonly offsets: Float64Array | null;
  /** The worst channel's sum(|w|) * max|x| + |b|. */
  readonly worstSum: number;
}
