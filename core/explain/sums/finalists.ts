import { type Candidate, Emulator } from "./candidate.ts";
import type { Targets } from "./control.ts";
import { CONTROL_FINALISTS, FINALISTS, RIVALS } from "./limits.ts";
import type { SumProblem } from "./problem.ts";
import { SOURCE_ROLES, type SourceRole } from "../sources.ts";

export interface Evaluated {
  readonly candidate: Candidate;
  readonly values: Float64Array;
}

/** A candidate that reaches the second sample; `place` is its rank by prior likelihood. */
export interface Finalist extends Evaluated {
  readonly place: number;
}

export type Allowed = (role: SourceRole, candidate: Candidate) => boolean;

/** @param shuffles the permutation of each element's products; null: the original order */
export function evaluateAll(
  problem: SumProblem,
  candidates: readonly Candidate[],
  indices: readonly number[],
  shuffles: readonly Int32Array[] | null = null,
): readonly Evaluated[] {
  const emulator = new Emulator(problem);
  const results = candidates.map((candidate) => ({ candidate, values: new Float64Array(indices.length) }));
  const groups = Map.groupBy(results, ({ candidate: { plan, rounding } }) => `${plan.layout} ${rounding}`);
  for (const group of groups.values()) {
    const { plan, rounding } = group[0]!.candidate;
    for (const [at, index] of indices.entries()) {
      emulator.take(index, plan.layout, rounding, shuffles?.[at] ?? null);
      for (const { candidate, values } of group) values[at] = emulator.value(index, candidate);
    }
  }
  return results;
}

/**
 * The candidates for the second sample: the best of each source and contest, the best of each kind of arithmetic on the
 * real outputs, so that every rival explanation is present, and all candidates with the same plans, since the other
 * source may have used the same order without FMA.
 * @param contests the real outputs, then the control's
 */
export function finalistsOf(
  screened: readonly Evaluated[],
  contests: readonly Targets[],
  allowed: Allowed,
): readonly number[] {
  const chosen = new Set<number>();
  for (const [at, targets] of contests.entries()) {
    for (const role of SOURCE_ROLES) {
      const ranked = ranking(screened, targets[role], (candidate) => allowed(role, candidate));
      for (const place of ranked.slice(0, at === 0 ? FINALISTS : CONTROL_FINALISTS)) chosen.add(place);
      if (at > 0) continue;
      const kinds = Map.groupBy(ranked, (place) => kindOf(screened[place]!.candidate));
      for (const places of kinds.values()) for (const place of places.slice(0, RIVALS)) chosen.add(place);
    }
  }
  const plans = new Set([...chosen].map((place) => screened[place]!.candidate.plan));
  return screened.flatMap(({ candidate }, place) => (plans.has(candidate.plan) ? [place] : []));
}

function kindOf({ fused, rounding, sums }: Candidate): string {
  return `${fused} ${rounding} ${sums}`;
}

function ranking(
  results: readonly Evaluated[],
  targets: Float64Array,
  allowed: (candidate: Candidate) => boolean,
): readonly number[] {
  return results
    .map(({ candidate, values }, place) => ({ place, matches: allowed(candidate) ? matching(values, targets) : -1 }))
    .filter(({ matches }) => matches >= 0)
    .toSorted((left, right) => right.matches - left.matches)
    .map(({ place }) => place);
}

export function matching(values: Float64Array, targets: Float64Array): number {
  return values.reduce((count, value, at) => count + (Object.is(value, targets[at]!) ? 1 : 0), 0);
}
