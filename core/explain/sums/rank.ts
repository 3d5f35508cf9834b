import { type Candidate } from "./candidate.ts";
import type { Targets } from "./control.ts";
import type { Allowed, Finalist } from "./finalists.ts";
import { type BySource, bySource } from "../sources.ts";

/** A candidate for each source. */
export interface Pair extends BySource<Candidate> {
  /** Elements of the sample that it reproduces on both sources. */
  readonly matches: number;
}

/** Number of best candidates per source that are combined if no order fits both. */
const COMBINED = 12;
const RANKED = 16;

/** Ranks pairs of candidates by how much of a sample they reproduce; ties go to one order for both sources. */
export function rank(finalists: readonly Finalist[], targets: Targets, allowed: Allowed): readonly Pair[] {
  const hits = bySource((role) =>
    finalists
      .filter(({ candidate }) => allowed(role, candidate))
      .map((finalist) => ({
        ...finalist,
        hit: finalist.values.map((value, at) => Number(Object.is(value, targets[role][at]!))),
      })),
  );
  const counted = bySource((role) =>
    hits[role].map((each) => ({ ...each, total: each.hit.reduce((sum, one) => sum + one, 0) })),
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
  const top = bySource((role) => counted[role].toSorted((left, right) => right.total - left.total).slice(0, COMBINED));
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
