import { type Candidate, sameNumber } from "./candidate.ts";
import type { Targets } from "./control.ts";
import { differencesBetween, type SumCause } from "./differences.ts";
import { type Allowed, evaluateAll } from "./finalists.ts";
import { LEAST_CHANCE, MOST_LUCK, RATED_ELEMENTS, TRYING_TERMS } from "./limits.ts";
import type { SumProblem } from "./problem.ts";
import { type Found, sizeWithin } from "./search.ts";
import { permutation } from "./shuffle.ts";
import { type BySide, bySide, SIDES, type SideName } from "./sides.ts";

/** What the sample proves about the cause. */
export interface Evidence {
  /** Differences of the best pair without which no way of computing gives these bits, except by less chance than is allowed. */
  readonly proved: readonly SumCause[];
  /** Every cause by which some pair reproduces as much as the best one, leaving out what a simpler pair does without. */
  readonly possible: readonly SumCause[];
}

/**
 * A cause is proved when every explanation without it has been ruled out: those that were tried, and others like them
 * that were not. An untried one, on which the best pair would be a false cause, has to agree with the best pair on each
 * of the n sums of the sample. How often two ways of computing agree on a sum is estimated by the closest pair that lacks
 * the cause: it agrees on h of the N sums that are looked at, and p = (h + 1) / (N + 1). The sums are independent, so
 * that one candidate reproduces n - x of n by chance with at most C(n, x) p^(n - x), and with T candidates
 *
 *   chance <= T C(n, x) p^(n - x)
 *
 * by Boole's inequality. A pair that is not ruled out at all has p = 1. Where the sample is small, p comes from the
 * node's own sums with their products shuffled along K, on which the pair and its rivals round anew.
 */
export function weigh(
  problem: SumProblem,
  found: Found,
  best: BySide<Candidate>,
  targets: Targets,
  allowed: Allowed,
): Evidence {
  const n = found.indices.length;
  const rivals = new Rivals(problem, found, best, targets, allowed);
  const isShared = best.reference.plan === best.other.plan && best.reference.sums === best.other.sums;
  const tried = Math.max(...SIDES.map((side) => found.tried[side][isShared ? "shared" : "all"]));
  const reproduced = rivals.reproducedBy(best);
  const isProved = (cause: SumCause): boolean => {
    const perElement = Math.max(LEAST_CHANCE, (rivals.closestWithout(cause) + 1) / (rivals.size + 1));
    return luckOf({ tried, perElement }, { elements: n, reproduced }) < MOST_LUCK;
  };
  return {
    proved: differencesBetween(best.reference, best.other).filter(isProved),
    possible: rivals.possible(reproduced),
  };
}

/** At most so many of the candidates tried would reproduce as many of the elements by chance. */
export function luckOf(
  { tried, perElement }: { readonly tried: number; readonly perElement: number },
  { elements, reproduced }: { readonly elements: number; readonly reproduced: number },
): number {
  let logarithm = Math.log(tried) + reproduced * Math.log(perElement);
  // The ways to choose those that are reproduced.
  for (let left = 1; left <= elements - reproduced; left++) logarithm += Math.log((reproduced + left) / left);
  return Math.exp(logarithm);
}

interface Rival {
  readonly candidate: Candidate;
  /** 1 for each sum on which it agrees with its side. */
  readonly hits: Uint8Array;
  readonly total: number;
}

/** All candidates that were tried on the sample, held against the outputs and against the best pair. */
class Rivals {
  /** Sums that are looked at: those of the sample, then shuffled ones. */
  readonly size: number;
  readonly #sampled: number;
  readonly #sides: BySide<readonly Rival[]>;

  constructor(problem: SumProblem, found: Found, best: BySide<Candidate>, targets: Targets, allowed: Allowed) {
    const { finalists, indices } = found;
    const candidates = finalists.map(({ candidate }) => candidate);
    const affordable = sizeWithin(TRYING_TERMS, problem, candidates.length, { least: 16, most: RATED_ELEMENTS });
    const more = Math.max(0, Math.min(RATED_ELEMENTS - indices.length, affordable));
    const extra = Array.from({ length: more }, (_, at) => indices[at % indices.length]!);
    const shuffles = extra.map((_, at) => permutation(problem.terms, at + 1));
    const shuffled = evaluateAll(problem, candidates, extra, shuffles);
    this.#sampled = indices.length;
    this.size = indices.length + extra.length;
    this.#sides = bySide((side) => {
      const own = shuffled[candidates.indexOf(best[side])]!.values;
      return finalists
        .map(({ candidate, values }, at) => {
          const hits = new Uint8Array(this.size);
          for (let each = 0; each < indices.length; each++)
            hits[each] = Number(sameNumber(values[each]!, targets[side][each]!));
          for (let each = 0; each < extra.length; each++)
            hits[indices.length + each] = Number(sameNumber(shuffled[at]!.values[each]!, own[each]!));
          return { candidate, hits, total: hits.reduce((sum, hit) => sum + hit, 0) };
        })
        .filter(({ candidate }) => allowed(side, candidate))
        .toSorted((left, right) => right.total - left.total);
    });
  }

  /** Sums of the sample that a pair reproduces on both sides. */
  reproducedBy(pair: BySide<Candidate>): number {
    const of = (side: SideName): Rival => this.#sides[side].find(({ candidate }) => candidate === pair[side])!;
    return together(of("reference"), of("other"), this.#sampled);
  }

  /** The most sums on which a pair agrees on both sides that differ in anything but this. */
  closestWithout(cause: SumCause): number {
    let most = 0;
    for (const left of this.#sides.reference) {
      if (left.total <= most) break;
      for (const right of this.#sides.other) {
        if (right.total <= most) break;
        if (differencesBetween(left.candidate, right.candidate).includes(cause)) continue;
        most = Math.max(most, together(left, right, this.size));
      }
    }
    return most;
  }

  possible(reproduced: number): readonly SumCause[] {
    const enough = bySide((side) =>
      this.#sides[side].filter((rival) => together(rival, rival, this.#sampled) >= reproduced),
    );
    const kinds = new Map<string, readonly SumCause[]>();
    for (const left of enough.reference) {
      for (const right of enough.other) {
        const causes = differencesBetween(left.candidate, right.candidate);
        const key = causes.join();
        if (!kinds.has(key) && together(left, right, this.#sampled) >= reproduced) kinds.set(key, causes);
      }
    }
    const all = [...kinds.values()];
    const simplest = all.filter((causes) => !all.some((each) => each.length < causes.length && isWithin(each, causes)));
    return [...new Set(simplest.flat())];
  }
}

function together(left: Rival, right: Rival, size: number): number {
  let count = 0;
  for (let at = 0; at < size; at++) count += left.hits[at]! & right.hits[at]!;
  return count;
}

function isWithin(some: readonly SumCause[], all: readonly SumCause[]): boolean {
  return some.every((cause) => all.includes(cause));
}
