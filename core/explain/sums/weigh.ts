import { type Candidate } from "./candidate.ts";
import type { Targets } from "./control.ts";
import { differencesBetween } from "./differences.ts";
import type { SumCause } from "../evidence/sum-cause.ts";
import { type Allowed, evaluateAll } from "./finalists.ts";
import { RATED_ELEMENTS, TRYING_TERMS } from "./limits.ts";
import { provedCauses } from "../evidence/chance-matches.ts";
import type { SumProblem } from "./problem.ts";
import { type Rival, Rivals } from "../evidence/rivals.ts";
import { type Found, sizeWithin } from "./search.ts";
import { permutation } from "./shuffle.ts";
import { type BySource, bySource, SOURCE_ROLES, type SourceRole } from "../sources.ts";

export interface Evidence {
  /** Differences of the best pair without which nothing reproduces these bits, up to the allowed chance. */
  readonly proved: readonly SumCause[];
  /** Every cause with which some pair reproduces as much as the best one. */
  readonly possible: readonly SumCause[];
}

export function weigh(
  problem: SumProblem,
  found: Found,
  best: BySource<Candidate>,
  targets: Targets,
  allowed: Allowed,
): Evidence {
  const elements = found.indices.length;
  const rivals = new Rivals(rated(problem, found, best, targets, allowed), elements, differencesBetween);
  const isShared = best.reference.plan === best.other.plan && best.reference.sums === best.other.sums;
  const tried = Math.max(...SOURCE_ROLES.map((role) => found.tried[role][isShared ? "shared" : "all"]));
  return {
    proved: provedCauses(rivals, best, differencesBetween(best.reference, best.other), { elements, tried }),
    possible: rivals.possible(rivals.reproducedBy(best)),
  };
}

/**
 * What every finalist reproduces. A small sample is extended by the node's own sums with their products shuffled along
 * K: the best pair and its rivals round differently there, which shows how often they agree.
 */
function rated(
  problem: SumProblem,
  { finalists, indices }: Found,
  best: BySource<Candidate>,
  targets: Targets,
  allowed: Allowed,
): BySource<readonly Rival<Candidate>[]> {
  const candidates = finalists.map(({ candidate }) => candidate);
  const affordable = sizeWithin(TRYING_TERMS, problem, candidates.length, 16, RATED_ELEMENTS);
  const more = Math.max(0, Math.min(RATED_ELEMENTS - indices.length, affordable));
  const extra = Array.from({ length: more }, (_, at) => indices[at % indices.length]!);
  const shuffles = extra.map((_, at) => permutation(problem.terms, at + 1));
  const shuffled = evaluateAll(problem, candidates, extra, shuffles);
  return bySource((role: SourceRole) => {
    const wanted = [...targets[role].subarray(0, indices.length), ...shuffled[candidates.indexOf(best[role])]!.values];
    return finalists.flatMap(({ candidate, values }, at) => {
      if (!allowed(role, candidate)) return [];
      const given = [...values, ...shuffled[at]!.values];
      return [
        { way: candidate, hits: Uint8Array.from(given, (value, each) => Number(Object.is(value, wanted[each]!))) },
      ];
    });
  });
}
