import type { FloatType } from "../../tensors/float-format.ts";
import type { ProductShape } from "./shape.ts";

/** A way in which K can run through an element's products. */
export interface Layout {
  /** In words, "" where it is the operator's own: input channel by input channel, and row by row within the kernel. */
  readonly description: string;
  /** Where the operator's product number k stands; null: in place k. */
  readonly place: Int32Array | null;
  /** Lengths along K that a kernel may cut blocks at: one channel's window, one tap's channels. */
  readonly natural: readonly number[];
}

/** A node as dot products, one an output element: finish(alpha * sum(left * right) + beta * addend). */
export interface SumProblem {
  readonly type: FloatType;
  readonly elements: number;
  /** K: products of an element, those with padding zeros included. */
  readonly terms: number;
  /** Of one matrix product; where there are several, an element's row and column are those within its own. */
  readonly shape: ProductShape;
  readonly alpha: number;
  readonly beta: number;
  readonly hasAddend: boolean;
  readonly layouts: readonly Layout[];
  /** Some factors are subnormal, which GPUs may take for zero. */
  readonly hasSubnormals: boolean;
  /** What is done to the sum, and changes no two numbers' order or makes them lie further apart: Relu or nothing. */
  readonly relu: boolean;
  /** For bounds that hold for the output as a whole. Null: Winograd and FFT are not possible for these windows. */
  readonly normwise: NormwiseBase | null;
  row(index: number): number;
  column(index: number): number;
  /** The bias of an element, before beta; 0 where there is none. */
  addend(index: number): number;
  /**
   * Writes an element's factors, zeros for padding.
   * @returns how many of them are no padding
   */
  gather(index: number, layout: Layout, left: Float64Array, right: Float64Array): number;
}

export interface NormwiseBase {
  /** max over output channels of sum over inputs of taps * max|weight| * max|input|. */
  readonly size: number;
  /** Products of each sum in the transformed domain: one a channel. */
  readonly channels: number;
}

/** Thrown where a node cannot be taken apart into dot products, with the reason in a sentence. */
export class NoSum extends Error {}
