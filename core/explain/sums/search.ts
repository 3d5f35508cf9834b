import { type Candidate, Emulator, sameNumber } from "./candidate.ts";
import { shuffledTargets, type Targets } from "./control.ts";
import { FINALISTS, FIRST_SAMPLE, SCREENING_TERMS, SECOND_SAMPLE } from "./limits.ts";
import type { SumProblem } from "./problem.ts";
import { type BySide, bySide, SIDES, type SideName } from "./sides.ts";

/** How each side may have computed the node. */
export interface Pair extends BySide<Candidate> {
  /** Of the sample's elements, those that it reproduces on both sides. */
  readonly matches: number;
}

export interface Found {
  /** Best first; equally good ones in the order in which they were tried, and one order for both sides before two. */
  readonly pairs: readonly Pair[];
  readonly sampled: number;
  /** The best share of the sample that the same search reproduces after shuffling: chance. */
  readonly controlRate: number;
  readonly chance: BySide<Chance>;
}

/** What candidates that are not right reproduce of one side's differing elements. */
export interface Chance {
  /**
   * Candidates that give numbers of their own where the sides differ, and might be what ran there: those that do not
   * reproduce an element on which both sides agree are out of it already, and so is what gives the opposite side's.
   */
  readonly tried: number;
  /** Of those, the ones whose order reproduces the opposite side: all there are for one order on both sides. */
  readonly triedShared: number;
  /** How often one of them reproduces a differing element; the geometric mean, since it is for all of them at once. */
  readonly perElement: number;
}

/** Candidates that reach the second sample and what they gave there. */
interface Finalist {
  readonly candidate: Candidate;
  readonly place: number;
  readonly values: Float64Array;
}

export interface Sample {
  /** The most telling ones first. */
  readonly indices: readonly number[];
  readonly targets: Targets;
  readonly exact: Float64Array;
}

/** At least a fifth: orders that fail tell little of their near relatives. */
const LEAST_CHANCE = 0.2;

/**
 * Looks for the pair of candidates that reproduces most elements of a sample on both sides. All candidates are tried on
 * a few elements, the best ones of each side on all of the sample.
 * @param allowed which candidates a side may have run
 */
export function search(
  problem: SumProblem,
  candidates: readonly Candidate[],
  sample: Sample,
  allowed: (side: SideName, candidate: Candidate) => boolean,
): Found {
  const contests = [sample.targets, ...shuffledTargets(sample.targets, sample.exact)];
  const first = sample.indices.slice(0, firstSize(problem, candidates.length));
  const screened = evaluateAll(problem, candidates, first);
  const finalists = new Set<number>();
  for (const targets of contests) {
    for (const side of SIDES) {
      for (const place of best(screened, targets[side], (candidate) => allowed(side, candidate))) finalists.add(place);
    }
  }
  const chosen = withSiblings(candidates, finalists);
  const indices = sample.indices.slice(0, secondSize(problem, chosen.length));
  const values = evaluateAll(
    problem,
    chosen.map((place) => candidates[place]!),
    indices,
  );
  const entered = values.map((each, at) => ({ ...each, place: chosen[at]! }));
  const [real, ...controls] = contests.map((targets) => rank(entered, targets, allowed));
  return {
    pairs: real ?? [],
    sampled: indices.length,
    chance: bySide((side) => chanceOf(screened, sample, side, first.length, allowed)),
    controlRate: Math.max(...controls.map((pairs) => (pairs[0]?.matches ?? 0) / indices.length)),
  };
}

/** @param screened on the first `length` elements of the sample */
function chanceOf(
  screened: readonly Omit<Finalist, "place">[],
  { targets, indices }: Sample,
  side: SideName,
  length: number,
  allowed: (side: SideName, candidate: Candidate) => boolean,
): Chance {
  const [own, opposite] =
    side === "reference" ? [targets.reference, targets.other] : [targets.other, targets.reference];
  const places = Array.from({ length }, (_, at) => at);
  const { telling = [], agreed = [] } = Object.groupBy(places, (at) =>
    sameNumber(own[at]!, opposite[at]!) ? "agreed" : "telling",
  );
  const facing = side === "reference" ? "other" : "reference";
  const known = new Set(
    screened
      .filter(
        ({ candidate, values }) =>
          allowed(facing, candidate) && telling.every((at) => sameNumber(values[at]!, opposite[at]!)),
      )
      .map(({ candidate }) => candidate.plan),
  );
  const seen = { all: new Set<string>(), shared: new Set<string>() };
  const hits = telling.map(() => 0);
  let [tried, triedShared, failed] = [0, 0, 0];
  for (const { candidate, values } of screened) {
    if (!allowed(side, candidate)) continue;
    const isLike = (like: Float64Array) => (at: number) => sameNumber(values[at]!, like[at]!);
    if (!telling.every(isLike(own))) {
      for (const [which, at] of telling.entries()) if (isLike(own)(at)) hits[which]!++;
      failed++;
    }
    if (!agreed.every(isLike(own)) || telling.every(isLike(opposite))) continue;
    // Candidates that give the same numbers are one chance, not several; known only where all elements were screened.
    const key = telling.map((at) => values[at]!).join();
    const isNew = (keys: Set<string>): boolean => {
      if (length === indices.length && keys.has(key)) return false;
      keys.add(key);
      return true;
    };
    if (isNew(seen.all)) tried++;
    if (known.has(candidate.plan) && isNew(seen.shared)) triedShared++;
  }
  // One that nothing reproduced counts as half a time.
  const logarithms = hits.map((count) => Math.log(Math.max(count, 0.5) / Math.max(failed, 1)));
  const mean = logarithms.reduce((sum, each) => sum + each, 0) / Math.max(1, telling.length);
  const perElement = Math.min(1, Math.max(LEAST_CHANCE, failed === 0 ? 0 : Math.exp(mean)));
  return { tried: Math.max(1, tried), triedShared: Math.max(1, triedShared), perElement };
}

function firstSize({ terms }: SumProblem, candidates: number): number {
  return clamp(SCREENING_TERMS / 2 / (candidates * terms), 3, FIRST_SAMPLE);
}

function secondSize({ terms }: SumProblem, candidates: number): number {
  return clamp(SCREENING_TERMS / 2 / (candidates * terms), 8, SECOND_SAMPLE);
}

function clamp(size: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, Math.floor(size)));
}

function evaluateAll(
  problem: SumProblem,
  candidates: readonly Candidate[],
  indices: readonly number[],
): readonly Omit<Finalist, "place">[] {
  const emulator = new Emulator(problem);
  const results = candidates.map((candidate) => ({ candidate, values: new Float64Array(indices.length) }));
  const groups = Map.groupBy(results, ({ candidate: { plan, rounding } }) => `${plan.layout} ${rounding}`);
  for (const group of groups.values()) {
    const { plan, rounding } = group[0]!.candidate;
    for (const [at, index] of indices.entries()) {
      emulator.take(index, plan.layout, rounding);
      for (const { candidate, values } of group) values[at] = emulator.value(index, candidate);
    }
  }
  return results;
}

function best(
  results: readonly Omit<Finalist, "place">[],
  targets: Float64Array,
  allowed: (candidate: Candidate) => boolean,
): readonly number[] {
  return results
    .map(({ candidate, values }, place) => ({ place, matches: allowed(candidate) ? matching(values, targets) : -1 }))
    .filter(({ matches }) => matches >= 0)
    .toSorted((left, right) => right.matches - left.matches)
    .slice(0, FINALISTS)
    .map(({ place }) => place);
}

function matching(values: Float64Array, targets: Float64Array): number {
  return values.reduce((count, value, at) => count + (sameNumber(value, targets[at]!) ? 1 : 0), 0);
}

/** With each one all candidates of its plan: the other side may have run the same order without FMA. */
function withSiblings(candidates: readonly Candidate[], chosen: ReadonlySet<number>): readonly number[] {
  const plans = new Set([...chosen].map((place) => candidates[place]!.plan));
  return candidates.flatMap(({ plan }, place) => (plans.has(plan) ? [place] : []));
}

/** Sides whose best candidates are combined where no one order serves both. */
const COMBINED = 12;
const RANKED = 16;

function rank(
  finalists: readonly Finalist[],
  targets: Targets,
  allowed: (side: SideName, candidate: Candidate) => boolean,
): readonly Pair[] {
  const hits = bySide((side) =>
    finalists
      .filter(({ candidate }) => allowed(side, candidate))
      .map((finalist) => ({
        ...finalist,
        hit: finalist.values.map((value, at) => Number(sameNumber(value, targets[side][at]!))),
      })),
  );
  const counted = bySide((side) =>
    hits[side].map((each) => ({ ...each, total: each.hit.reduce((sum, one) => sum + one, 0) })),
  );
  const pairs: (Pair & { readonly shared: boolean; readonly place: number })[] = [];
  const consider = (left: (typeof counted.reference)[number], right: (typeof counted.other)[number]): void => {
    const matches = left.hit.reduce((sum, one, at) => sum + one * right.hit[at]!, 0);
    const shared = left.candidate.plan === right.candidate.plan;
    pairs.push({ reference: left.candidate, other: right.candidate, matches, shared, place: left.place + right.place });
  };
  const byPlan = Map.groupBy(counted.other, ({ candidate }) => candidate.plan);
  for (const left of counted.reference)
    for (const right of byPlan.get(left.candidate.plan) ?? []) consider(left, right);
  const top = bySide((side) => counted[side].toSorted((left, right) => right.total - left.total).slice(0, COMBINED));
  for (const left of top.reference) {
    for (const right of top.other) if (left.candidate.plan !== right.candidate.plan) consider(left, right);
  }
  return pairs
    .toSorted(
      (left, right) =>
        right.matches - left.matches || Number(right.shared) - Number(left.shared) || left.place - right.place,
    )
    .slice(0, RANKED);
}
