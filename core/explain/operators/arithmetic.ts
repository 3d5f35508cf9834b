import { type FloatFormat, isSubnormal, stepAt } from "../../tensors/float-format.ts";
import type { Dialect } from "../sources.ts";

/** A real number and the largest error of a correct evaluation. */
export interface Estimate {
  readonly value: number;
  /** Infinity if there is no bound, e.g. after a division by a number that may be zero. */
  readonly error: number;
}

/**
 * Running error analysis (Higham, "Accuracy and Stability of Numerical Algorithms", sect. 3.3): each operation carries
 * the errors of its operands on and adds its own rounding. The error of a formula therefore holds for every order of
 * its additions, and with or without fused multiply-add, which only omits roundings. Values are computed in double
 * precision; their own error is 2^29 times smaller than what float32 is allowed.
 */
export class Arithmetic {
  readonly format: FloatFormat;
  readonly dialect: Dialect;
  /** The loss at underflow: half a subnormal step, or a whole subnormal if those are flushed. */
  readonly #floor: number;

  /** The relative loss of an input that is first rounded to the format. */
  readonly #taking: number;

  /** @param from the type of the inputs, if it is wider than the type of the computation */
  constructor(format: FloatFormat, dialect: Dialect, from: FloatFormat = format) {
    this.format = format;
    this.dialect = dialect;
    this.#taking = from.precision > format.precision ? format.unitRoundoff : 0;
    this.#floor = dialect === "ieee" ? format.smallestStep : 2 * format.smallestNormal;
  }

  /** An element of an input: rounded to the format if that is narrower, and possibly flushed if subnormal. */
  given(value: number): Estimate {
    const flushed = this.dialect !== "ieee" && isSubnormal(this.format, value) ? Math.abs(value) : 0;
    return this.#taking === 0 ? { value, error: flushed } : this.settle(value, flushed);
  }

  /** @param ulps error of the operation itself; half for rounding to nearest */
  settle(value: number, handedOn: number, ulps = 0.5): Estimate {
    const reach = Math.abs(value) + handedOn;
    if (!(reach <= this.format.largest)) return { value, error: Infinity };
    return { value, error: handedOn + ulps * 2 * this.format.unitRoundoff * reach + this.#floor };
  }

  plus(left: Estimate, right: Estimate): Estimate {
    if (isInfinite(left) || isInfinite(right)) return infinite(left.value + right.value);
    return this.settle(left.value + right.value, left.error + right.error);
  }

  minus(left: Estimate, right: Estimate): Estimate {
    if (isInfinite(left) || isInfinite(right)) return infinite(left.value - right.value);
    return this.settle(left.value - right.value, left.error + right.error);
  }

  times(left: Estimate, right: Estimate): Estimate {
    const handedOn = Math.abs(left.value) * right.error + Math.abs(right.value) * left.error + left.error * right.error;
    return this.settle(left.value * right.value, handedOn);
  }

  /** WGSL: 2.5 ULP; others round to nearest. */
  over(left: Estimate, right: Estimate): Estimate {
    const value = left.value / right.value;
    const room = Math.abs(right.value) - right.error;
    if (!(room > 0)) return { value, error: Infinity };
    return this.settle(value, (left.error + Math.abs(value) * right.error) / room, this.dialect === "ieee" ? 0.5 : 2.5);
  }

  /** WGSL uses 1 / inverseSqrt, which has 2 ULP. */
  root({ value, error }: Estimate): Estimate {
    const least = value - error;
    const root = Math.sqrt(value);
    if (!(least >= 0)) return { value: root, error: Infinity };
    const handedOn = Math.max(root - Math.sqrt(least), Math.sqrt(value + error) - root);
    return this.settle(root, handedOn, this.dialect === "ieee" ? 0.5 : 5);
  }

  /** WGSL: 3 + 2|x| ULP. MLAS, which clamps at the small end, was measured within 1.2 ULP of normal results. */
  exp({ value, error }: Estimate): Estimate {
    const exact = Math.exp(value);
    // exp(-inf) is 0 on every runtime, e.g. for a masked element of an attention.
    if (Math.abs(value) === Infinity)
      return value < 0 && error === 0 ? this.settle(0, 0) : { value: exact, error: Infinity };
    const ulps = this.dialect === "ieee" ? 4 : 4 + 2 * (Math.abs(value) + error);
    const settled = this.settle(exact, exact * Math.expm1(error), ulps);
    return { value: exact, error: settled.error + 2 * this.format.smallestNormal };
  }

  /** exp(x - most), where `most` is the maximum. Far below it, the result is zero in any case. */
  expBelow(x: number, most: number): Estimate {
    const far = x - most < -1000;
    return this.exp(far ? exactly(-Infinity) : this.minus(exactly(x), exactly(most)));
  }

  /** WGSL: 3 ULP, but 2^-21 (float32; 2^-7 for float16) between 0.5 and 2. Native libraries: within 3.1 ULP. */
  log({ value, error }: Estimate): Estimate {
    const exact = Math.log(value);
    if (!(value - error > 0)) return { value: exact, error: Infinity };
    const absolute = this.dialect === "ieee" ? 0 : 8 * this.format.unitRoundoff;
    return this.settle(exact, error / (value - error) + absolute, this.dialect === "ieee" ? 8 : 4);
  }

  /** In any order: gamma_n times the sum of the absolute values (Higham, sect. 4.2). */
  sum(terms: readonly Estimate[]): Estimate {
    if (terms.some((term) => !Number.isFinite(term.value)))
      return infinite(terms.reduce((total, term) => total + term.value, 0));
    let [value, lost, reach, handedOn] = [0, 0, 0, 0];
    for (const term of terms) {
      const next = value + term.value;
      lost += Math.abs(value) >= Math.abs(term.value) ? value - next + term.value : term.value - next + value;
      value = next;
      reach += Math.abs(term.value) + term.error;
      handedOn += term.error;
    }
    const n = terms.length * this.format.unitRoundoff;
    if (!(n < 0.5) || !(reach <= this.format.largest)) return { value: value + lost, error: Infinity };
    return { value: value + lost, error: handedOn + (n / (1 - n)) * reach + terms.length * this.#floor };
  }

  /**
   * A sum of products of exact factors: (n + m - 1) u / (1 - (n + m - 1) u) times the sum of their absolute values.
   * @param size sum of the absolute values of the products
   */
  products(terms: number, factors: number, size: number): { readonly error: number } {
    const n = (terms + factors) * this.format.unitRoundoff;
    if (!(n < 0.5) || !(size <= this.format.largest)) return { error: Infinity };
    return { error: (n / (1 - n)) * size + 2 * terms * this.#floor };
  }
}

/** The same real number by two formulas, either of which may have been computed. */
export function eitherOf(first: Estimate, second: Estimate): Estimate {
  return { value: first.value, error: Math.max(first.error, second.error) };
}

/** Certainly infinite, rather than large enough that it may overflow. */
function isInfinite({ value, error }: Estimate): boolean {
  return Math.abs(value) === Infinity && error === 0;
}

/** A sum with a certainly infinite term: infinite, or NaN. */
function infinite(value: number): Estimate {
  return { value, error: Math.abs(value) === Infinity ? 0 : Infinity };
}

export function exactly(value: number): Estimate {
  return { value, error: 0 };
}

/** The bound for a source, including the error of the double-precision value. */
export function allowance(format: FloatFormat, { value, error }: Estimate): number {
  const ownError = format.type === "float64" ? error : error * 2 ** -20;
  return error + ownError + stepAt(format, value) / 2;
}
