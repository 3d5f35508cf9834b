/** Half a step above the largest float32, where rounding to nearest starts to give infinity. */
const OVERFLOWS_AT = 2 ** 128 - 2 ** 103;

/**
 * float32 fused multiply-add: a * b + c, rounded once, to nearest, ties to even.
 *
 * The product of two float32 is exact in double. Its sum with c is rounded to double first. Rounding that to float32 is
 * wrong only if the double lies halfway between two float32 and is not the true sum; then the error of the double
 * addition, itself a double, shows on which side the true sum lies. (The same result as rounding the first sum to odd;
 * S. Boldo, G. Melquiond, "Emulation of FMA and correctly rounded sums", IEEE Trans. Computers 57, 2008.) Subnormals
 * need no special treatment, because their grid is never finer than double's.
 * @param a exactly a float32, as are b and c; infinities and NaN included
 * @returns the float32; NaN without a payload
 */
export function fma(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const rounded = Math.fround(sum);
  const past = sum - rounded;
  const mirrored = sum + past;
  // Halfway: the mirror image of the rounded value about the double is also a float32.
  if (past === 0 || Math.fround(mirrored) !== mirrored) return rounded;
  return settled(product, c, sum, rounded);
}

/** The nearer to the true sum of the two float32 on either side of a halfway double. */
function settled(product: number, c: number, sum: number, rounded: number): number {
  if (Math.abs(sum) === Infinity) return rounded;
  const error = additionError(product, c, sum);
  if (error === 0) return rounded;
  if (Math.abs(rounded) === Infinity) {
    const shrinks = error < 0 === sum > 0;
    return Math.abs(sum) === OVERFLOWS_AT && shrinks ? Math.sign(sum) * LARGEST : rounded;
  }
  const neighbour = sum + (sum - rounded);
  return error > 0 ? Math.max(rounded, neighbour) : Math.min(rounded, neighbour);
}

const LARGEST = 2 ** 128 - 2 ** 104;

/** TwoSum (Møller, Knuth): the exact rounding error of a double addition. */
export function additionError(left: number, right: number, sum: number): number {
  const rightPart = sum - left;
  return left - (sum - rightPart) + (right - rightPart);
}
