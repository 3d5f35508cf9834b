import type { HistogramBin } from "./result.ts";

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** Whole numbers >= 0 counted by their length in bits: 0, 1, 2-3, 4-7, … */
export class UlpHistogram {
  readonly #counts: number[] = [];

  add(steps: number): void {
    const bin = bitLength(steps);
    while (this.#counts.length <= bin) this.#counts.push(0);
    this.#counts[bin]!++;
  }

  /** Without gaps, up to the last non-empty bin. */
  result(): HistogramBin[] {
    return this.#counts.map((elements, bin) => ({ from: Math.floor(2 ** (bin - 1)), to: 2 ** bin - 1, elements }));
  }
}

/** Length in bits of a whole number below 2^1024, exactly: from its exponent as a double. */
function bitLength(whole: number): number {
  if (whole === 0) return 0;
  double[0] = whole;
  return (words[1]! >>> 20) - 1022;
}
