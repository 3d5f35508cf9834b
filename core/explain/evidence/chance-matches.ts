import type { SumCause } from "./sum-cause.ts";
import type { Rivals } from "./rivals.ts";
import type { BySource } from "../sources.ts";

/** The allowed probability of a false cause, as `provedCauses` estimates it: half of 1 in 1,000. */
const MOST_CHANCE_MATCH = 5e-4;
/** Least probability of a chance match: the rivals tried say little about closely related ways. */
const LEAST_CHANCE = 0.2;

/**
 * Returns the proved differences of a pair. A cause is proved when every explanation without it is ruled out: those
 * that were tried, and similar ones that were not. An untried explanation would have to agree with the pair on each of
 * the n sums of the sample that the pair reproduces. The closest pair without the cause estimates how often two ways of
 * computing agree on a sum: it agrees on h of N sums, so p = (h + 1) / (N + 1). Roundings of different sums are assumed
 * to be independent. A candidate then reproduces n - x of n sums by chance with probability at most C(n, x) p^(n - x),
 * and for T candidates Boole's inequality gives
 *
 *   chance <= T C(n, x) p^(n - x).
 *
 * If a pair without the cause agrees everywhere, p = 1 and nothing is proved.
 * @param elements n
 * @param tried T: the number of candidates
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

/** Bounds the expected number of candidates that reproduce this many elements by chance. */
export function chanceMatchProbability(
  { tried, perElement }: { readonly tried: number; readonly perElement: number },
  { elements, reproduced }: { readonly elements: number; readonly reproduced: number },
): number {
  let logarithm = Math.log(tried) + reproduced * Math.log(perElement);
  // The number of ways to choose the reproduced elements.
  for (let left = 1; left <= elements - reproduced; left++) logarithm += Math.log((reproduced + left) / left);
  return Math.exp(logarithm);
}
