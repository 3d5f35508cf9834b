import type { Candidate } from "./candidate.ts";
import { shuffledTargets, type Targets } from "./control.ts";
import { type Allowed, evaluateAll, type Evaluated, type Finalist, finalistsOf, matching } from "./finalists.ts";
import { FIRST_SAMPLE, SCREENING_TERMS, SECOND_SAMPLE, TRYING_TERMS } from "./limits.ts";
import type { SumProblem } from "./problem.ts";
import { type Pair, rank } from "./rank.ts";
import { type BySource, bySource, type SourceRole } from "../sources.ts";

export interface Found {
  /** Best first. Ties go to one order for both sources, then to the order in which candidates were tried. */
  readonly pairs: readonly Pair[];
  /** The second sample's elements. */
  readonly indices: readonly number[];
  readonly finalists: readonly Finalist[];
  /** The best share of the sample that the same search reproduces after shuffling: the chance rate. */
  readonly controlRate: number;
  readonly tried: BySource<Tried>;
}

/** The number of candidates that could have reproduced a source. */
interface Tried {
  /** Candidates of the source with distinct results. */
  readonly all: number;
  /** Those whose order reproduces the opposite source: the only choices if both sources share an order. */
  readonly shared: number;
}

export interface Sample {
  /** The most discriminating first; no two are the same sum. */
  readonly indices: readonly number[];
  readonly targets: Targets;
  readonly exact: Float64Array;
}

/**
 * Searches for the pair of candidates that reproduces most elements of a sample on both sources. All candidates are
 * tried on a few elements, the best ones of each source and kind on the whole sample.
 * @param allowed which candidates a source may have used
 */
export function search(problem: SumProblem, candidates: readonly Candidate[], sample: Sample, allowed: Allowed): Found {
  const contests = [sample.targets, ...shuffledTargets(sample.targets, sample.exact)];
  const first = sample.indices.slice(0, sizeWithin(SCREENING_TERMS, problem, candidates.length, 3, FIRST_SAMPLE));
  const screened = evaluateAll(problem, candidates, first);
  const places = finalistsOf(screened, contests, allowed);
  const indices = sample.indices.slice(0, sizeWithin(TRYING_TERMS, problem, places.length, 16, SECOND_SAMPLE));
  const rest = evaluateAll(
    problem,
    places.map((place) => candidates[place]!),
    indices.slice(first.length),
  );
  const finalists = places.map((place, at) => {
    const { candidate, values } = screened[place]!;
    return { candidate, place, values: Float64Array.of(...values, ...rest[at]!.values) };
  });
  const [real, ...controls] = contests.map((targets) => rank(finalists, targets, allowed));
  const isWhole = first.length === sample.indices.length;
  return {
    pairs: real ?? [],
    indices,
    finalists,
    tried: bySource((role) => triedOn(screened, sample.targets, role, isWhole, allowed)),
    controlRate: Math.max(...controls.map((pairs) => (pairs[0]?.matches ?? 0) / indices.length)),
  };
}

/** The number of elements that can be evaluated within a budget of products. */
export function sizeWithin(budget: number, { terms }: SumProblem, candidates: number, least: number, most: number) {
  return Math.max(least, Math.min(most, Math.floor(budget / (candidates * terms))));
}

/** @param isWhole the whole sample was screened, so that candidates with equal results are known and count once */
function triedOn(
  screened: readonly Evaluated[],
  targets: Targets,
  role: SourceRole,
  isWhole: boolean,
  allowed: Allowed,
): Tried {
  const facing = role === "reference" ? "other" : "reference";
  const opposite = screened
    .filter(({ candidate }) => allowed(facing, candidate))
    .map(({ candidate, values }) => ({ candidate, matches: matching(values, targets[facing]) }));
  const most = Math.max(...opposite.map(({ matches }) => matches));
  const known = new Set(opposite.filter(({ matches }) => matches === most).map(({ candidate }) => candidate.plan));
  const own = screened.filter(({ candidate }) => allowed(role, candidate));
  const count = (each: readonly Evaluated[]): number =>
    Math.max(1, isWhole ? new Set(each.map(({ values }) => values.join())).size : each.length);
  return { all: count(own), shared: count(own.filter(({ candidate }) => known.has(candidate.plan))) };
}
