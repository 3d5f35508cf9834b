import type { ValueSummary } from "./result.ts";
import { Sum } from "./sum.ts";

/** Minimum, maximum, mean and standard deviation of a stream of numbers. */
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
    // Welford 1962: squared distances to the running mean, which never cancel.
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

  /** Population standard deviation. Squares of distances below 1e-154 lose digits to underflow. */
  get std(): number {
    return Math.sqrt(this.#squares / this.#count);
  }

  /** Null if there are no numbers, or if a figure is beyond a double's range. */
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
