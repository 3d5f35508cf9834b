import type { Hypothesis, SumOrder } from "../explanation.ts";
import type { OrderedEvaluation } from "./judge.ts";

/** Differing elements that every order is tried on. */
const SAMPLED = 32;
/** And as many of the rest, which the right order reproduces too. */
const OTHERS_SAMPLED = 16;
/** Elements that a search evaluates every order on. */
export const SEARCHED_ELEMENTS = SAMPLED + OTHERS_SAMPLED;
/** Elements that an accepted order is checked on; more would hold up a Worker for what is already sure. */
const VERIFIED = 4096;
/** Survivors of a sample that are told apart by more elements. */
const MOST_SURVIVORS = 12;
/** Expected number of orders that would do as well by chance; an explanation has to beat it. */
const LUCK = 0.01;
/** One hypothesis stands for a whole node: what leaves more than a tenth of it over is none. */
const LEAST_MATCH_RATE = 0.9;

export interface FoundOrders {
  readonly hypothesis: Hypothesis;
  /** Whether both sides' bits at an index of the output are what their orders give. */
  reproduces(index: number): boolean;
  readonly reference: OrderedEvaluation;
  readonly other: OrderedEvaluation;
  readonly verified: number;
}

/**
 * Looks for the order in which each side added up: one order a side for the whole node, which has to reproduce that
 * side's bits. Since many orders round alike, a match can be chance: what an order that is not the right one matches is
 * estimated from all that fail, and an explanation stands only where fewer than one in a hundred searches like it would
 * have succeeded so.
 * @param differing indices at which the sides differ
 */
export function findOrders(
  orders: readonly OrderedEvaluation[],
  reference: Float64Array,
  other: Float64Array,
  differing: readonly number[],
): FoundOrders | null {
  const all = Array.from(reference.keys());
  const sampled = spread(differing, SAMPLED);
  const sample = [...new Set([...sampled, ...spread(all, OTHERS_SAMPLED)])].toSorted((left, right) => left - right);
  const ofReference = survivors(orders, reference, sample, sampled);
  const ofOther = survivors(orders, other, sample, sampled);
  if (ofReference.whole.length === 0 || ofOther.whole.length === 0) return null;
  const tried = orders.length ** 2;
  const luck = tried * (ofReference.chance * ofOther.chance) ** sampled.length;
  if (!(luck < LUCK)) return null;
  const checked = spread(all, VERIFIED);
  const [first, second] = alikeFirst(
    mostReproducing(ofReference.whole, reference, checked),
    mostReproducing(ofOther.whole, other, checked),
  );
  const reproduces = (index: number): boolean =>
    Object.is(first.evaluate(index), reference[index]) && Object.is(second.evaluate(index), other[index]);
  const matchRate = checked.filter(reproduces).length / checked.length;
  if (matchRate < LEAST_MATCH_RATE) return null;
  const hypothesis: Hypothesis = {
    reference: { order: described(first), fused: first.fused, tf32: false, wide: first.wide },
    other: { order: described(second), fused: second.fused, tf32: false, wide: second.wide },
    matchRate,
    controlMatchRate: controlRate(orders, reference, other, sampled),
    tried,
  };
  return { hypothesis, reproduces, reference: first, other: second, verified: checked.length };
}

/** Those that reproduce the most of a side: on a sample, orders that hardly differ cannot be told apart. */
function mostReproducing(
  candidates: readonly OrderedEvaluation[],
  values: Float64Array,
  checked: readonly number[],
): readonly OrderedEvaluation[] {
  const counted = candidates.slice(0, MOST_SURVIVORS).map((order) => ({
    order,
    hits: checked.filter((index) => Object.is(order.evaluate(index), values[index])).length,
  }));
  const most = Math.max(...counted.map(({ hits }) => hits));
  return counted.filter(({ hits }) => hits === most).map(({ order }) => order);
}

/** Two survivors that differ in fused multiply-add alone, where there are such; else the first of each. */
function alikeFirst(
  left: readonly OrderedEvaluation[],
  right: readonly OrderedEvaluation[],
): readonly [OrderedEvaluation, OrderedEvaluation] {
  for (const first of left) {
    const second = right.find(({ description }) => description === first.description);
    if (second) return [first, second];
  }
  return [left[0]!, right[0]!];
}

/** Evenly spaced, so that borders and insides are both met. */
function spread(indices: ArrayLike<number>, most: number): readonly number[] {
  if (indices.length <= most) return Array.from(indices);
  return Array.from({ length: most }, (_, at) => indices[Math.floor((at * indices.length) / most)]!);
}

/** @param sampled differing elements among the sample, by which chance is estimated */
function survivors(
  orders: readonly OrderedEvaluation[],
  values: Float64Array,
  sample: readonly number[],
  sampled: readonly number[],
): { readonly whole: readonly OrderedEvaluation[]; readonly chance: number } {
  const whole: OrderedEvaluation[] = [];
  let [matches, failed] = [0, 0];
  for (const order of orders) {
    const hit = (index: number): boolean => Object.is(order.evaluate(index), values[index]);
    const hits = sampled.filter(hit).length;
    if (hits === sampled.length && sample.every(hit)) whole.push(order);
    else {
      matches += hits;
      failed += sampled.length;
    }
  }
  // At least a fifth: orders that fail tell little of their near relatives.
  return { whole, chance: Math.max(0.2, failed === 0 ? 1 : matches / failed) };
}

/** The same search's best rate on outputs moved by one place among the sampled ones. */
function controlRate(
  orders: readonly OrderedEvaluation[],
  reference: Float64Array,
  other: Float64Array,
  sample: readonly number[],
): number {
  const best = (values: Float64Array): number =>
    Math.max(
      0,
      ...orders.map(
        (order) =>
          sample.filter((index, at) => Object.is(order.evaluate(index), values[sample[(at + 1) % sample.length]!]))
            .length,
      ),
    );
  return sample.length < 2 ? 1 : Math.min(best(reference), best(other)) / sample.length;
}

function described({ description, lanes }: OrderedEvaluation): SumOrder {
  return { description, block: null, bias: "none", lanes };
}
