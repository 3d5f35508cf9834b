import type { Hypothesis, SumArithmetic } from "../explanation.ts";
import type { SumCause } from "../evidence/sum-cause.ts";
import { provedCauses } from "../evidence/chance-matches.ts";
import { Rivals } from "../evidence/rivals.ts";
import { type BySource, bySource, SOURCE_ROLES, type SourceRole } from "../sources.ts";
import type { OrderedEvaluation } from "./judge.ts";

/** Differing elements on which every order is tried. */
const SAMPLED = 32;
/** Equal elements, which the right order reproduces too. */
const OTHERS_SAMPLED = 16;
/** Elements on which a search evaluates every order. */
export const SEARCHED_ELEMENTS = SAMPLED + OTHERS_SAMPLED;
/** Differing elements on which the remaining orders are compared, and half as many equal ones. */
const RATED = 192;
/** Remaining orders per source and kind of arithmetic. */
const LEFT_OVER = 8;
/** Elements on which an accepted order is checked; more would block a Worker without adding certainty. */
const VERIFIED = 4096;
/** One hypothesis must explain at least this share of the whole node. */
const LEAST_MATCH_RATE = 0.9;

export interface FoundOrders {
  readonly hypothesis: Hypothesis;
  /** Whether the orders reproduce both sources' bits at an index of the output. */
  reproduces(index: number): boolean;
  readonly cause: SumCause | "UNDETERMINED";
  /** The remaining causes; empty if the cause is proved. */
  readonly consistentWith: readonly SumCause[];
  readonly verified: number;
}

/**
 * Searches for the order of additions in each source: one order per source for the whole node, which must reproduce
 * that source's bits. Many orders round alike, so a match can be chance: a cause is named only if everything without it
 * is ruled out (`provedCauses`).
 * @param differing indices at which the sources differ, and which an order may explain
 */
export function findOrders(
  orders: readonly OrderedEvaluation[],
  reference: Float64Array,
  other: Float64Array,
  differing: readonly number[],
): FoundOrders | null {
  const targets = { reference, other };
  const agreeing = Array.from(reference.keys()).filter((index) => Object.is(reference[index], other[index]));
  const first = [...spread(differing, SAMPLED), ...spread(agreeing, OTHERS_SAMPLED)];
  const screened = evaluateAll(orders, first);
  const chosen = leftOver(screened, targets, first);
  const sample = distinct([...spread(differing, RATED), ...spread(agreeing, RATED / 2)], targets);
  const entered = evaluateAll(chosen, sample);
  const hits = bySource((role) =>
    entered.map((each) => ({ way: each.order, hits: hitsOf(each, targets[role], sample) })),
  );
  const rivals = new Rivals(hits, sample.length, differencesBetween);
  const best = rivals.best();
  if (best === null) return null;
  const reproduced = rivals.reproducedBy(best);
  const tried = Math.max(...SOURCE_ROLES.map((role) => triedOn(role, screened, targets, first, best)));
  const [cause] = provedCauses(rivals, best, differencesBetween(best.reference, best.other), {
    elements: sample.length,
    tried,
  });
  // If nothing is proved, a way that misses any element is not even possible.
  if (reproduced < (cause === undefined ? 1 : LEAST_MATCH_RATE) * sample.length) return null;
  const reproduces = (index: number): boolean =>
    SOURCE_ROLES.every((role) => Object.is(best[role].evaluate(index), targets[role][index]));
  const eligible = [...agreeing, ...differing];
  const checked = spread(eligible, VERIFIED);
  const matchRate = checked.filter(reproduces).length / checked.length;
  if (matchRate < LEAST_MATCH_RATE) return null;
  return {
    hypothesis: {
      reference: described(best.reference),
      other: described(best.other),
      matchRate: (matchRate * eligible.length) / reference.length,
      controlMatchRate: controlRate(screened, targets, first),
      tried: orders.length ** 2,
    },
    reproduces,
    cause: cause ?? "UNDETERMINED",
    consistentWith: cause === undefined ? rivals.possible(reproduced) : [],
    verified: checked.length,
  };
}

/** The causes that distinguish two ways of adding up, the most important first. */
function differencesBetween(one: OrderedEvaluation, two: OrderedEvaluation): readonly SumCause[] {
  const causes: SumCause[] = [];
  if (one.order !== null && two.order !== null && one.order !== two.order) causes.push("SUMMATION_ORDER");
  if (one.sums !== two.sums) causes.push("WIDER_ACCUMULATION");
  if (one.fused !== two.fused) causes.push("FUSED_MULTIPLY_ADD");
  return causes;
}

interface Evaluated {
  readonly order: OrderedEvaluation;
  readonly values: Float64Array;
}

/** Element by element, because all orders share an element's terms. */
function evaluateAll(orders: readonly OrderedEvaluation[], indices: readonly number[]): readonly Evaluated[] {
  const all = orders.map((order) => ({ order, values: new Float64Array(indices.length) }));
  for (const [at, index] of indices.entries()) for (const { order, values } of all) values[at] = order.evaluate(index);
  return all;
}

/** 1 for each element that an order reproduces. */
function hitsOf({ values }: Evaluated, target: Float64Array, indices: readonly number[]): Uint8Array {
  return Uint8Array.from(indices, (index, at) => Number(Object.is(values[at], target[index])));
}

function matching(evaluated: Evaluated, target: Float64Array, indices: readonly number[]): number {
  return hitsOf(evaluated, target, indices).reduce((sum, hit) => sum + hit, 0);
}

/** The best orders of each kind of arithmetic, and those that differ from one of them only in roundings. */
function leftOver(
  screened: readonly Evaluated[],
  targets: BySource<Float64Array>,
  indices: readonly number[],
): readonly OrderedEvaluation[] {
  const chosen = new Set<OrderedEvaluation>();
  for (const role of SOURCE_ROLES) {
    const ranked = screened
      .map((each) => ({ order: each.order, matches: matching(each, targets[role], indices) }))
      .toSorted((left, right) => right.matches - left.matches);
    const kinds = Map.groupBy(ranked, ({ order }) => `${order.fused} ${order.sums}`);
    for (const kind of kinds.values()) for (const { order } of kind.slice(0, LEFT_OVER)) chosen.add(order);
  }
  const words = new Set([...chosen].map(({ order }) => order));
  return screened
    .map(({ order }) => order)
    .filter((each) => chosen.has(each) || (each.order !== null && words.has(each.order)));
}

/** Number of orders that could have reproduced a source; if both share one, those that fit the other source. */
function triedOn(
  role: SourceRole,
  screened: readonly Evaluated[],
  targets: BySource<Float64Array>,
  indices: readonly number[],
  best: BySource<OrderedEvaluation>,
): number {
  if (best.reference.order !== best.other.order) return screened.length;
  const facing = targets[role === "reference" ? "other" : "reference"];
  const matches = new Map(screened.map((each) => [each, matching(each, facing, indices)]));
  const most = Math.max(...matches.values());
  const known = new Set(screened.filter((each) => matches.get(each) === most).map(({ order }) => order.order));
  return Math.max(1, screened.filter(({ order }) => known.has(order.order)).length);
}

/** Without repeated results: equal rows are one piece of evidence. */
function distinct(indices: readonly number[], { reference, other }: BySource<Float64Array>): readonly number[] {
  const seen = new Map(indices.map((index) => [`${reference[index]} ${other[index]}`, index]));
  return [...seen.values()];
}

/** Evenly spaced, so that both borders and interior are included. */
function spread(indices: readonly number[], most: number): readonly number[] {
  if (indices.length <= most) return indices;
  return Array.from({ length: most }, (_, at) => indices[Math.floor((at * indices.length) / most)]!);
}

/** The best rate of any order on outputs shifted by one position among the sampled ones. */
function controlRate(
  screened: readonly Evaluated[],
  targets: BySource<Float64Array>,
  indices: readonly number[],
): number {
  if (indices.length < 2) return 1;
  const moved = [...indices.slice(1), indices[0]!];
  const best = SOURCE_ROLES.map((role) => Math.max(...screened.map((each) => matching(each, targets[role], moved))));
  return Math.min(...best) / indices.length;
}

function described({ description, lanes, fused, wide }: OrderedEvaluation): SumArithmetic {
  return { order: { description, block: null, bias: "none", lanes }, fused: fused !== "", tf32: false, wide };
}
