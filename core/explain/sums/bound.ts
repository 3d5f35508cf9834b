import { FLOAT_FORMATS, type FloatFormat } from "../../tensors/float-format.ts";
import { type Exact, measureExactly, newExact } from "./exact.ts";
import type { SumProblem } from "./problem.ts";

/** What a source's arithmetic allows in addition to one rounding per operation. */
export interface Arithmetic {
  /** Factors may be rounded to TF32, and tensor cores may truncate sums. */
  readonly tf32: boolean;
  /** Known to compute in float16, although the graph states a wider type. */
  readonly narrow: boolean;
  /** Subnormals may be flushed to zero. */
  readonly flushes: boolean;
  /** Convolutions may run as Winograd or FFT. */
  readonly transforms: boolean;
  /** NaN and infinities follow IEEE 754. */
  readonly strict: boolean;
}

/** Unit roundoff of TF32's 11 significant bits. Truncating a factor can double the error. */
export const TF32_ROUNDOFF = 2 ** -11;
const TF32_FACTORS = (1 + 2 * TF32_ROUNDOFF) ** 2 - 1;
/**
 * Tensor cores align summands and truncate them, by up to 2^-23 of the largest and a few more bits (M. Fasi, N. Higham,
 * M. Mikaitis, S. Pranesh, "Numerical behavior of NVIDIA tensor cores", PeerJ Comput. Sci. 7, 2021).
 */
const TENSOR_CORE_ROUNDOFF = 2 ** -22;
/**
 * How much a transform can increase the terms of a window above taps * max|weight| * max|input|: the largest of |A^T|
 * ((|G| 1) * (|B^T| 1)) / taps, squared for two axes, over Winograd's F(2,3), F(4,3), F(6,3), F(2,5), F(4,5) and F(2,7)
 * with the points 0, 1, -1, 2, -2, 1/2, -1/2: 7.1, 256, 508.8, 133, 301, 269. The roundings of the transforms and of
 * one sum per channel act on these terms (B. Barabasz, A. Anderson, K. Soodhalter, D. Gregg, "Error analysis and
 * improving the accuracy of Winograd convolution", ACM TOMS 46, 2020). FFT's errors grow with the root of the tile's
 * size and its logarithm (Higham, sect. 24.1) and stay below this for tiles up to 256 x 256.
 */
const TRANSFORM_GROWTH = 512;
/** Roundings in the transforms of two axes: sums of up to 8 weighted terms, three transforms per axis. */
const TRANSFORM_ROUNDINGS = 2 * 3 * 9;

/** gamma_n = n u / (1 - n u): Higham, "Accuracy and Stability of Numerical Algorithms", sect. 3.1. */
function gamma(n: number, u: number): number {
  return n * u < 1 ? (n * u) / (1 - n * u) : Infinity;
}

/** Evaluates an element exactly and bounds the error of a correct evaluation. */
export class Bounds {
  readonly exact: Exact = newExact();
  readonly #problem: SumProblem;
  readonly #format: FloatFormat;
  readonly #left: Float64Array;
  readonly #right: Float64Array;
  /** Roundings per element: one of its products, the additions, the bias and alpha. */
  n = 0;

  constructor(problem: SumProblem) {
    this.#problem = problem;
    this.#format = FLOAT_FORMATS[problem.type];
    this.#left = new Float64Array(problem.terms);
    this.#right = new Float64Array(problem.terms);
  }

  measure(index: number): void {
    const { alpha, beta, hasAddend, layouts, terms } = this.#problem;
    const taps = this.#problem.gather(index, layouts[0]!, this.#left, this.#right);
    this.n = taps + (hasAddend ? 1 : 0) + (alpha === 1 ? 0 : 1);
    const addend = this.#problem.addend(index);
    measureExactly(this.exact, this.#left, this.#right, terms, {
      alpha,
      beta,
      addend,
      doubles: this.#problem.type === "float64",
      subnormalsBelow: this.#problem.hasSubnormals ? this.#format.smallestNormal : 0,
    });
  }

  /** The exact value, after Relu if there is one. */
  get value(): number {
    const { high } = this.exact;
    return this.#problem.relu ? Math.max(0, high) : high;
  }

  /** |value - exact| of a source's result. */
  distance(value: number): number {
    const { high, low } = this.exact;
    return this.#problem.relu && high <= 0 ? Math.abs(value) : Math.abs(value - high - low);
  }

  /** The largest possible error of a correct evaluation; Infinity if it may overflow. */
  allowance({ tf32, narrow, flushes, transforms }: Arithmetic): number {
    if (narrow) return this.#narrowAllowance();
    const { products, unscaled, addend, subnormal } = this.exact;
    const { alpha, beta } = this.#problem;
    const { unitRoundoff, smallestStep, smallestNormal, largest } = this.#format;
    const { n } = this;
    const scale = Math.max(1, Math.abs(alpha));
    const sums = gamma(n, tf32 ? TENSOR_CORE_ROUNDOFF : unitRoundoff);
    const onProducts = tf32 ? (1 + TF32_FACTORS) * (1 + sums) - 1 : sums;
    // The error of the double-double value itself.
    const own = (alpha === 1 && beta === 1 ? 2 ** -70 : 2 ** -51) * (products + addend);
    const underflow = n * (flushes || tf32 ? smallestNormal : smallestStep) * scale + (flushes || tf32 ? subnormal : 0);
    const elementwise = onProducts * products + sums * addend + own + underflow;
    const reached = Math.max(unscaled, products) * (1 + onProducts) + addend + elementwise;
    if (!(reached < largest)) return Infinity;
    return transforms ? Math.max(elementwise, this.normwise(tf32)) : elementwise;
  }

  /** Factors and result rounded to float16, sums in float32: three more roundings of 2^-11. */
  #narrowAllowance(): number {
    const { products, addend } = this.exact;
    const { unitRoundoff, smallestNormal, largest } = FLOAT_FORMATS.float16;
    const size = (products + addend) * (1 + gamma(this.n, 2 ** -24));
    const allowance = size * gamma(4, unitRoundoff) + (this.n + 1) * smallestNormal;
    return size + allowance < largest ? allowance : Infinity;
  }

  /** One bound for the whole output, because a transform may mix an element with its neighbours. */
  normwise(tf32: boolean): number {
    const { normwise } = this.#problem;
    const { unitRoundoff } = this.#format;
    if (normwise === null) return 0;
    const sums = gamma(normwise.channels + 1 + TRANSFORM_ROUNDINGS, tf32 ? TENSOR_CORE_ROUNDOFF : unitRoundoff);
    const onProducts = tf32 ? (1 + TF32_FACTORS) * (1 + sums) - 1 : sums;
    return TRANSFORM_GROWTH * normwise.size * onProducts + sums * this.exact.addend;
  }

  /**
   * For NaN or infinite inputs: the IEEE 754 result in any order, or null if it depends on the order, on whether
   * padding is multiplied, or on alpha and beta.
   */
  special(index: number): number | null {
    const { alpha, beta, terms, relu, hasAddend } = this.#problem;
    if (alpha !== 1 || beta !== 1 || relu || (this.#problem.shape.kind === "window" && this.#problem.shape.padded))
      return null;
    let [up, down, none, finite] = [false, false, false, 0];
    const take = (term: number): void => {
      if (Number.isNaN(term)) none = true;
      else if (term === Infinity) up = true;
      else if (term === -Infinity) down = true;
      else finite += Math.abs(term);
    };
    for (let k = 0; k < terms; k++) {
      take(this.#left[k]! * this.#right[k]!);
    }
    if (hasAddend) take(this.#problem.addend(index));
    if (none || (up && down)) return NaN;
    if (!(finite < this.#format.largest / 2)) return null;
    return up ? Infinity : down ? -Infinity : null;
  }
}
