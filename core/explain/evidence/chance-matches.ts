import type { SumCause } from "./sum-cause.ts";
import type { Rivals } from "./rivals.ts";
import type { BySource } from "../sources.ts";

/**
 * The chance of a false cause that is allowed: half of 1 in 1,000. For a cause to be named, the candidates that would do as
 * well by chance have to be fewer, as `provedCauses` estimates them.
 */
const MOST_CHANCE_MATCH = 5e-4;
/** How often a candidate reproduces an element by chance, at the least: rivals that were tried tell little of their near relatives. */
const LEAST_CHANCE = 0.2;

/**
 * Which differences of a pair are proved. A cause is proved when every explanation without it has been ruled out: those
 * that were tried, and others like them that were not. An untried one, under which the cause would be false, has to agree
 * with the pair on each of the n sums of the sample that the pair reproduces. How often two ways of computing agree on a
 * sum is estimated by the closest pair that lacks the cause: it agrees on h of the N sums that are looked at, so that
 * p = (h + 1) / (N + 1). Roundings of different sums are taken as independent. Then a candidate reproduces n - x of n sums
 * by chance with at most C(n, x) p^(n - x), and one of T candidates does so, by Boole's inequality, with
 *
 *   chance <= T C(n, x) p^(n - x).
 *
 * A pair that lacks the cause and agrees everywhere leaves p = 1: nothing is proved.
 * @param elements n
 * @param tried T: candidates that had that chance
 */
export function provedCauses<Way>(
  rivals: Rivals<Way>,
  pair: BySource<Way>,
  differences: readonly SumCause[],
  { elements, tried }: { readonly elements: number; readonly tried: number },
): readonly SumCause[] {
  const reproduced = rivals.reproducedBy(pair);
  return differences.filter((cause) => {
    const perElement = Math.max(LEAST_CHANCE, (rivals.closestWithout(cause) + 1) / (rivals.size + 1));
    return chanceMatchProbability({ tried, perElement }, { elements, reproduced }) < MOST_CHANCE_MATCH;
  });
}

/** At most so many of the candidates tried would reproduce as many of the elements by chance. */
export function chanceMatchProbability(
  { tried, perElement }: { readonly tried: number; readonly perElement: number },
  { elements, reproduced }: { readonly elements: number; readonly reproduced: number },
): number {
  let logarithm = Math.log(tried) + reproduced * Math.log(perElement);
  // The ways to choose those that are reproduced.
  for (let left = 1; left <= elements - reproduced; left++) logarithm += Math.log((reproduced + left) / left);
  return Math.exp(logarithm);
}
