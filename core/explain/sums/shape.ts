/** The properties that determine a runtime's choice of kernel. */
export type ProductShape = MatrixShape | WindowShape;

/** [rows x K] times [K x columns]. */
export interface MatrixShape {
  readonly kind: "matrix";
  readonly rows: number;
  readonly columns: number;
  readonly terms: number;
  readonly leftTransposed: boolean;
  readonly rightTransposed: boolean;
  /** Matrix products of this shape in the node. */
  readonly count: number;
  /** alpha is 1 and beta 0 or 1, as kernels for a single row require. */
  readonly plain: boolean;
}

/** A convolution as one matrix product per group: filters x K times K x positions. */
export interface WindowShape {
  readonly kind: "window";
  readonly filters: number;
  readonly positions: number;
  readonly terms: number;
  /** Batch times groups. */
  readonly count: number;
  readonly channels: number;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padded: boolean;
}
