import type { FloatType } from "../../tensors/float-format.ts";
import type { ProductShape } from "./shape.ts";

/** An order in which K can run through an element's products. */
export interface Layout {
  /** In words; "" for the operator's own: by input channel, and row by row within the kernel. */
  readonly description: string;
  /** The position of the operator's product number k; null: k. */
  readonly place: Int32Array | null;
  /** Natural block lengths along K: one channel's window, one tap's channels. */
  readonly natural: readonly number[];
}

/** A node as one dot product per output element: finish(alpha * sum(left * right) + beta * addend). */
export interface SumProblem {
  readonly type: FloatType;
  readonly elements: number;
  /** K: products per element, including those with padding zeros. */
  readonly terms: number;
  /** Of one matrix product. If there are several, an element's row and column are those within its own. */
  readonly shape: ProductShape;
  readonly alpha: number;
  readonly beta: number;
  readonly hasAddend: boolean;
  readonly layouts: readonly Layout[];
  /** Some factors are subnormal, which GPUs may flush to zero. */
  readonly hasSubnormals: boolean;
  /** The sum is followed by Relu, which neither reorders numbers nor moves them apart. */
  readonly relu: boolean;
  /** The basis of bounds for the whole output. Null: Winograd and FFT are not possible for these windows. */
  readonly normwise: NormwiseBase | null;
  row(index: number): number;
  column(index: number): number;
  /** The bias of an element, before beta; 0 if there is none. */
  addend(index: number): number;
  /**
   * Writes an element's factors, with zeros for padding.
   * @returns the number of factors that are not padding
   */
  gather(index: number, layout: Layout, left: Float64Array, right: Float64Array): number;
}

export interface NormwiseBase {
  /** max over output channels of sum over inputs of taps * max|weight| * max|input|. */
  readonly size: number;
  /** Products per sum in the transformed domain: one per channel. */
  readonly channels: number;
}
