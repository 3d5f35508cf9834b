import { KEPT_DIFFERENCES } from "./limits.ts";

/** Significand bits that distinguish buckets, without the hidden bit. */
const BUCKET_BITS = 7;
const DROPPED_BITS = 20 - BUCKET_BITS;
/** One counter per exponent and leading 7 bits of a double: 2^18 counters, 2 MiB. */
const BUCKETS = 2 ** (11 + BUCKET_BITS);

/** A value is within half a bucket of its middle, and a bucket is at most 2^-7 of the value wide. */
const BUCKET_ERROR = 2 ** -(BUCKET_BITS + 1);

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/**
 * Quantiles of numbers >= 0 in constant memory. The first 131,072 are kept exactly. Beyond that, all are counted in
 * buckets of constant relative width (as in DDSketch: Masson, Rim and Lee, 2019), so the relative error of a quantile
 * is at most 2^-8. Below 2^-1022, the smallest normal double, its absolute error is at most 2^-1030.
 */
export class Order {
  #kept = new Float64Array(64);
  #sorted = true;
  #count = 0;
  #buckets: Float64Array | null = null;
  readonly #whole: boolean;

  /** @param whole only whole numbers will be added: bucket middles are rounded down to them, exact up to 255 */
  constructor({ whole = false }: { readonly whole?: boolean } = {}) {
    this.#whole = whole;
  }

  add(value: number): void {
    const at = this.#count++;
    if (this.#buckets) {
      this.#buckets[bucketOf(value)]!++;
      return;
    }
    if (at === KEPT_DIFFERENCES) {
      this.#startCounting(value);
      return;
    }
    if (at === this.#kept.length) this.#grow();
    this.#kept[at] = value;
    this.#sorted = false;
  }

  get count(): number {
    return this.#count;
  }

  /** The largest relative error of a quantile. */
  get error(): number {
    return this.#buckets ? BUCKET_ERROR : 0;
  }

  /**
   * The q-quantile for q from 0 to 1, linear between the two nearest ranks: type 7 of Hyndman and Fan, "Sample
   * quantiles in statistical packages", 1996, as in NumPy and Polygraphy.
   * @throws RangeError if no number was added
   */
  quantile(q: number): number {
    if (this.#count === 0) throw new RangeError("a quantile needs at least one number");
    const rank = (this.#count - 1) * q;
    const below = Math.floor(rank);
    const low = this.#at(below);
    const share = rank - below;
    return share === 0 ? low : low + share * (this.#at(below + 1) - low);
  }

  /** The number of this rank, or the middle of its bucket. */
  #at(rank: number): number {
    if (!this.#buckets) {
      if (!this.#sorted) this.#kept.subarray(0, this.#count).sort();
      this.#sorted = true;
      return this.#kept[rank]!;
    }
    let before = 0;
    const bucket = this.#buckets.findIndex((count) => (before += count) > rank);
    const middle = middleOf(bucket);
    return this.#whole ? Math.floor(middle) : middle;
  }

  #startCounting(value: number): void {
    this.#buckets = new Float64Array(BUCKETS);
    for (const kept of this.#kept.subarray(0, KEPT_DIFFERENCES)) this.#buckets[bucketOf(kept)]!++;
    this.#buckets[bucketOf(value)]!++;
    this.#kept = new Float64Array(0);
  }

  #grow(): void {
    const grown = new Float64Array(Math.min(this.#kept.length * 4, KEPT_DIFFERENCES));
    grown.set(this.#kept);
    this.#kept = grown;
  }
}

/** The bits of doubles >= 0 increase with their value, so the leading bits are ordered buckets. */
function bucketOf(value: number): number {
  double[0] = value;
  return words[1]! >>> DROPPED_BITS;
}

function middleOf(bucket: number): number {
  // The first bucket contains 0 and numbers close to 0.
  if (bucket === 0) return 0;
  return (lowestOf(bucket) + lowestOf(bucket + 1)) / 2;
}

function lowestOf(bucket: number): number {
  words[0] = 0;
  words[1] = bucket << DROPPED_BITS;
  return double[0]!;
}
