/**
 * e^x from + - * / and comparisons alone. `Math.exp` may differ between engines in its last bit; this cannot.
 *
 * x = k ln 2 + r with |r| <= ln 2 / 2, so e^x = 2^k e^r. ln 2 is split after 42 bits (Cody and Waite), which makes
 * k * LN2_HIGH exact for every k that a double's range allows. e^r is its Taylor polynomial of degree 13: the first
 * term left out is below r^14 / 14! < 2^-57.
 */
const LN2_HIGH = 0.6931471805598903;
const LN2_LOW = 5.497923018708371e-14;
/** Only chooses k, where a last bit does not matter. */
const INVERSE_LN2 = 1 / (LN2_HIGH + LN2_LOW);

/** 1/3!, 1/4!, ... 1/13!, each the double nearest to it. */
const REST_OF_SERIES = [
  1 / 6,
  1 / 24,
  1 / 120,
  1 / 720,
  1 / 5_040,
  1 / 40_320,
  1 / 362_880,
  1 / 3_628_800,
  1 / 39_916_800,
  1 / 479_001_600,
  1 / 6_227_020_800,
];

/** Below this, e^x is under half of the smallest double. */
const UNDERFLOW = -746;

/**
 * e^(high + low), within 1 ULP, for -infinity < high <= 0 and a low part under half an ULP of the high one.
 * Results below the normal range are rounded once more, to the subnormal grid.
 */
export function expOfSum(high: number, low: number): number {
  if (high < UNDERFLOW) return 0;
  const k = Math.floor(high * INVERSE_LN2 + 0.5);
  const reducedHigh = high - k * LN2_HIGH;
  const reducedLow = k * LN2_LOW - low;
  const r = reducedHigh - reducedLow;
  const remainder = reducedHigh - r - reducedLow;
  return scale(1 + (r + (r * r * afterSecondTerm(r) + remainder * (1 + r))), k);
}

/** (e^r - 1 - r) / r^2 by Horner's rule. */
function afterSecondTerm(r: number): number {
  let polynomial = 0;
  for (let index = REST_OF_SERIES.length - 1; index >= 0; index--) {
    polynomial = polynomial * r + REST_OF_SERIES[index]!;
  }
  return 0.5 + r * polynomial;
}

/** value * 2^k for k <= 0, in two steps: 2^-1075 is not a double, and only the last step may round. */
function scale(value: number, k: number): number {
  const half = Math.ceil(k / 2);
  return value * negativePowerOfTwo(half) * negativePowerOfTwo(k - half);
}

/** 2^k, exact, for -1074 <= k <= 0, by repeated squaring of 1/2. */
function negativePowerOfTwo(k: number): number {
  let power = 1;
  let square = 0.5;
  for (let rest = -k; rest > 0; rest >>= 1) {
    if (rest & 1) power *= square;
    square *= square;
  }
  return power;
}
