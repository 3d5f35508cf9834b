import { Sum } from "./sum.ts";

export class Similarity {
  readonly #dot = new Sum();
  readonly #referencePower = new Sum();
  readonly #otherPower = new Sum();
  readonly #differencePower = new Sum();
  #count = 0;
  #min = Infinity;
  #max = -Infinity;

  add(reference: number, other: number): void {
    this.#count++;
    if (reference < this.#min) this.#min = reference;
    if (reference > this.#max) this.#max = reference;
    this.#dot.addProduct(reference, other);
    this.#referencePower.addProduct(reference, reference);
    this.#otherPower.addProduct(other, other);
    const difference = reference - other;
    this.#differencePower.addProduct(difference, difference);
  }

  /** a.b / (|a| |b|), -1 to 1; null if a vector is zero, or a square is beyond a double's range. */
  get cosine(): number | null {
    const cosine = this.#dot.value / geometricMean(this.#referencePower.value, this.#otherPower.value);
    return Number.isFinite(cosine) ? Math.max(-1, Math.min(1, cosine)) : null;
  }

  /** 20 log10(range / rms difference), with the reference's range (largest minus smallest element). */
  get psnr(): number | null {
    const range = this.#max - this.#min;
    return decibels(range * range, this.#differencePower.value / this.#count);
  }

  /** 10 log10(sum of the reference's squares / sum of the difference's squares). */
  get snr(): number | null {
    return decibels(this.#referencePower.value, this.#differencePower.value);
  }
}

/** The square root of the product; exact for equal numbers, so that a vector has cosine 1 with itself. */
function geometricMean(left: number, right: number): number {
  return left === right ? left : Math.sqrt(left) * Math.sqrt(right);
}

function decibels(signal: number, noise: number): number | null {
  const level = 10 * Math.log10(signal / noise);
  return Number.isFinite(level) ? level : null;
}
