import { Order } from "./order.ts";
import { QUANTILES } from "./limits.ts";
import type { Distribution } from "./result.ts";
import { Moments } from "./moments.ts";

export class Spread {
  readonly #moments = new Moments();
  readonly #order: Order;

  constructor(options: ConstructorParameters<typeof Order>[0] = {}) {
    this.#order = new Order(options);
  }

  add(value: number): void {
    this.#moments.add(value);
    this.#order.add(value);
  }

  get error(): number {
    return this.#order.error;
  }

  /** Null if there are no numbers, or if the mean is beyond a double's range. */
  result(): Distribution | null {
    const { count, max, mean, std } = this.#moments;
    if (count === 0 || !Number.isFinite(mean) || !Number.isFinite(std)) return null;
    // The middle of a bucket may exceed the largest number in it.
    const quantile = (q: number): number => Math.min(this.#order.quantile(q), max);
    return { max, mean, std, median: quantile(0.5), quantiles: QUANTILES.map((q) => ({ q, value: quantile(q) })) };
  }
}
