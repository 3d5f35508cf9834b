import { type Arithmetic, eitherOf, type Estimate, exactly } from "./arithmetic.ts";
import { GAMMA, meanOfSum } from "./reductions.ts";
import { rememberedByDialect } from "./remembered.ts";

/*
 * Normalisations: a mean, a variance and a scaling. Runtimes compute the variance from squared differences or as E[x^2]
 * - mean^2, which cancels if the mean is large. They scale in one step or first fold mean and scale into a shift. Each
 * is a correct evaluation, so the bound is the largest of theirs.
 */

export const STATISTICS_FORMULA = `mean and variance by ${GAMMA}, the variance from squares or squared differences, then scaled; combined by running error analysis (sect. 3.3)`;

export interface Statistics {
  readonly mean: Estimate;
  /** The variance, before epsilon. */
  readonly variance: Estimate;
}

function statisticsOf(arithmetic: Arithmetic, numbers: readonly Estimate[]): Statistics {
  const n = exactly(numbers.length);
  const plainMean = meanOfSum(arithmetic, arithmetic.sum(numbers), n);
  const mean = eitherOf(plainMean, recurrentMean(arithmetic, plainMean, numbers));
  const differences = numbers.map((each) => arithmetic.minus(each, mean));
  const centred = arithmetic.over(arithmetic.sum(differences.map((each) => arithmetic.times(each, each))), n);
  const squares = arithmetic.sum(numbers.map((each) => arithmetic.times(each, each)));
  const moments = arithmetic.minus(arithmetic.over(squares, n), arithmetic.times(mean, mean));
  return { mean, variance: eitherOf(centred, eitherOf(moments, recurrent(arithmetic, centred, mean, n.value))) };
}

/**
 * In Welford's recurrence m += (x - m) / k, a rounding at step k of at most u (|m| + 2 |x - m| / k) enters the result k
 * / n times: together less than (n / 2 + 4) u max|x|.
 */
function recurrentMean({ format }: Arithmetic, mean: Estimate, numbers: readonly Estimate[]): Estimate {
  const largest = numbers.reduce((most, each) => Math.max(most, Math.abs(each.value)), 0);
  return { value: mean.value, error: mean.error + (numbers.length / 2 + 4) * format.unitRoundoff * largest };
}

/**
 * Welford's variance: a relative error of about n kappa u with kappa^2 = 1 + mean^2 / variance (Chan, Golub and
 * LeVeque, "Algorithms for Computing the Sample Variance", 1983, table 2), multiplied by four for second-order terms.
 */
function recurrent({ format }: Arithmetic, variance: Estimate, mean: Estimate, n: number): Estimate {
  const kappaVariance = Math.sqrt(variance.value * (variance.value + mean.value ** 2));
  const error = 4 * (n + 4) * format.unitRoundoff * kappaVariance + mean.error ** 2;
  return { value: variance.value, error: variance.error + error };
}

/** (x - mean) / deviation * scale + bias, in all folded forms. */
export function scaled(
  arithmetic: Arithmetic,
  x: Estimate,
  mean: Estimate,
  deviation: Estimate,
  scale: Estimate,
  bias: Estimate,
): Estimate {
  const inverse = arithmetic.over(exactly(1), deviation);
  const centred = arithmetic.minus(x, mean);
  const byInverse = arithmetic.plus(arithmetic.times(arithmetic.times(centred, inverse), scale), bias);
  const slope = eitherOf(arithmetic.times(scale, inverse), arithmetic.over(scale, deviation));
  const folded = arithmetic.plus(arithmetic.times(x, slope), arithmetic.minus(bias, arithmetic.times(mean, slope)));
  const divided = arithmetic.plus(arithmetic.times(arithmetic.over(centred, deviation), scale), bias);
  return eitherOf(byInverse, eitherOf(folded, divided));
}

export function groupStatistics(
  numbersOf: (arithmetic: Arithmetic, group: number) => readonly Estimate[],
): (arithmetic: Arithmetic, group: number) => Statistics {
  return rememberedByDialect((arithmetic, group) => statisticsOf(arithmetic, numbersOf(arithmetic, group)));
}
