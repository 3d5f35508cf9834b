/** 2^27 + 1: splits a double into two halves of 26 bits (Veltkamp). */
const SPLITTER = 134_217_729;

/**
 * A running sum in about twice double precision: the rounding error of each addition is summed separately (Neumaier
 * 1974; Ogita, Rump and Oishi, "Accurate sum and dot product", 2005, for the products). The mean of 60,000 inputs is
 * therefore as exact as the mean of ten.
 */
export class Sum {
  #total = 0;
  #lost = 0;

  add(addend: number): void {
    const next = this.#total + addend;
    this.#lost += Math.abs(this.#total) >= Math.abs(addend) ? this.#total - next + addend : addend - next + this.#total;
    this.#total = next;
  }

  addProduct(left: number, right: number): void {
    const product = left * right;
    this.add(product);
    const error = productError(left, right, product);
    // NaN if splitting overflows; beyond 2^996 a product's error is negligible.
    if (error !== 0 && Number.isFinite(error)) this.add(error);
  }

  /** Not finite if the sum is beyond a double's range. */
  get value(): number {
    const value = this.#total + this.#lost;
    return Number.isNaN(value) ? this.#total : value;
  }
}

/** TwoProduct (Dekker 1971): left * right - product, exact unless something over- or underflows. */
export function productError(left: number, right: number, product: number): number {
  const leftHigh = highHalf(left);
  const leftLow = left - leftHigh;
  const rightHigh = highHalf(right);
  const rightLow = right - rightHigh;
  return leftLow * rightLow - (product - leftHigh * rightHigh - leftLow * rightHigh - leftHigh * rightLow);
}

function highHalf(value: number): number {
  const scaled = SPLITTER * value;
  return scaled - (scaled - value);
}
