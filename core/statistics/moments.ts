import type { ValueSummary } from "./result.ts";
import { Sum } from "./sum.ts";

/** Smallest, largest, mean and standard deviation of numbers that come one by one. */
export class Moments {
  #count = 0;
  #min = Infinity;
  #max = -Infinity;
  readonly #sum = new Sum();
  readonly #magnitudes = new Sum();
  #runningMean = 0;
  #squares = 0;

  add(value: number): void {
    this.#count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    this.#sum.add(value);
    this.#magnitudes.add(Math.abs(value));
    // Welford 1962: squares of distances to the mean so far, which never cancel.
    const distance = value - this.#runningMean;
    this.#runningMean += distance / this.#count;
    this.#squares += distance * (value - this.#runningMean);
  }

  get count(): number {
    return this.#count;
  }

  get max(): number {
    return this.#max;
  }

  get mean(): number {
    return this.#sum.value / this.#count;
  }

  /** Of the population: the squares' sum is divided by the count. Squares of distances below 1e-154 lose digits, as subnormals do. */
  get std(): number {
    return Math.sqrt(this.#squares / this.#count);
  }

  /** Null where there is no number, or where one of its figures is beyond a double's range. */
  summary(): ValueSummary | null {
    const summary = {
      min: this.#min,
      max: this.#max,
      mean: this.mean,
      std: this.std,
      meanMagnitude: this.#magnitudes.value / this.#count,
    };
    return this.#count > 0 && Object.values(summary).every(Number.isFinite) ? summary : null;
  }
}
