import { gridOfBits } from "./grid.ts";
import { TF32_UNITS } from "./limits.ts";
import { add, largest, range, withZero, ZERO, type Range } from "./range.ts";

/** Constant weights at start, start + step, … (count of them), each multiplied by an element of x. */
export interface Run {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly x: Range;
}

/**
 * One output element of a Conv or matrix product: all values of sum(w * x) + addend, on the finest grid of its products,
 * with terms = sum(|w|) * max|x| + |addend|.
 * @param padded some x may be a padding 0 instead
 */
export function weightedSum(weights: Float32Array, runs: readonly Run[], addend: Range, padded: boolean): Range {
  const bits = new Uint32Array(weights.buffer, weights.byteOffset, weights.length);
  return runs.reduce((sum, run) => add(sum, runRange(weights, bits, run, padded)), addend);
}

function runRange(
  weights: Float32Array,
  bits: Uint32Array,
  { start, step, count, x: unpadded }: Run,
  padded: boolean,
): Range {
  const x = padded ? withZero(unpadded) : unpadded;
  let exponent = Infinity;
  let positive = 0;
  let negative = 0;
  for (let at = start, left = count; left > 0; at += step, left--) {
    const weight = weights[at]!;
    if (weight > 0) positive += weight;
    else negative -= weight;
    if (weight !== 0) exponent = Math.min(exponent, gridOfBits(bits[at]!));
  }
  if (exponent === Infinity || x === ZERO) return ZERO;
  // Doubles hold these sums exactly up to 2^53 units; beyond, they stay far above every limit.
  const up = positive / 2 ** exponent;
  const down = negative / 2 ** exponent;
  return range(exponent + x.exponent, up * x.lo - down * x.hi, up * x.hi - down * x.lo, (up + down) * largest(x));
}

/** The largest weight of a sum in units of the weights' common grid; 0 if all are 0. */
function widestWeight(weights: Float32Array, runs: readonly Run[]): number {
  const bits = new Uint32Array(weights.buffer, weights.byteOffset, weights.length);
  let exponent = Infinity;
  let most = 0;
  for (const { start, step, count } of runs) {
    for (let at = start, left = count; left > 0; at += step, left--) {
      if (weights[at] === 0) continue;
      exponent = Math.min(exponent, gridOfBits(bits[at]!));
      most = Math.max(most, Math.abs(weights[at]!));
    }
  }
  return most === 0 ? 0 : most / 2 ** exponent;
}

/** Which factor needs more than TF32's 11 significant bits, in words: an input element, or a channel's weight. */
export function tf32Complaint(
  input: readonly Range[],
  weights: Float32Array,
  channels: readonly (readonly Run[])[],
): string | null {
  const x = input.find((each) => largest(each) > TF32_UNITS);
  if (x !== undefined)
    return `its input reaches ${largest(x).toLocaleString("en-US")} units, more than TF32's ${TF32_UNITS}`;
  const channel = channels.findIndex((runs) => widestWeight(weights, runs) > TF32_UNITS);
  return channel < 0 ? null : `the weights of its channel ${channel} reach more than TF32's ${TF32_UNITS} units`;
}
