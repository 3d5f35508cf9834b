import type { Hypothesis } from "../explanation.ts";
import type { ExplainedSide } from "../question.ts";
import { type Candidate, candidatesOf, Emulator, sameNumber } from "./candidate.ts";
import { Bounds } from "./bound.ts";
import { type FactorRounding, isTf32, TF32_ROUNDINGS } from "./factors.ts";
import { likelyPlans, planFamily } from "./family.ts";
import { FEW_ELEMENTS, LEAST_MATCH_RATE, MOST_LUCK, SECOND_SAMPLE, VERIFIED_PAIRS, VERIFYING_TERMS } from "./limits.ts";
import { publicOrder } from "./order.ts";
import type { SumProblem } from "./problem.ts";
import { type Chance, type Sample, search } from "./search.ts";
import { type BySide, bySide, isProcessor, type SideName } from "./sides.ts";
import { type Verified, verify } from "./verify.ts";
import { elementsWithin, sampleOf } from "./visit.ts";

export interface Judged {
  /** Null where no candidate reproduces clearly more than chance does. */
  readonly accepted: (Verified & { readonly cause: (index: number) => SumCause }) | null;
  /** The best one, accepted or not; null where there was nothing to search. */
  readonly best: Hypothesis | null;
  /** Elements on which the best one was checked; below `elements` where that would have taken too long. */
  readonly visited: number;
}

type SumCause = "FUSED_MULTIPLY_ADD" | "SUMMATION_ORDER" | "TF32" | "REDUCED_PRECISION";

/**
 * Searches for the order, FMA and rounding of factors that reproduce both sides' bits, and decides whether it is believed.
 * @param wrong 1 for elements that are known to be wrong, which no order can reproduce: they count neither for nor against
 */
export function findHypothesis(
  problem: SumProblem,
  sides: BySide<ExplainedSide>,
  results: BySide<Float64Array>,
  differing: readonly number[],
  wrong: Uint8Array,
): Judged {
  const isRight = (index: number): boolean => wrong[index] === 0;
  const indices = sampleOf(problem.elements, differing.filter(isRight), SECOND_SAMPLE).filter(isRight);
  if (indices.length === 0) return { accepted: null, best: null, visited: 0 };
  const sample = {
    indices,
    targets: bySide((side) => Float64Array.from(indices, (index) => results[side][index]!)),
    exact: exactValues(problem, indices),
  };
  const likely = tryOn(
    problem,
    candidatesOf(likelyPlans(problem), ["none"]),
    { sample, results, differing, wrong },
    () => true,
  );
  if (isWhole(likely)) return likely;
  const plans = planFamily(problem);
  const plain = tryOn(problem, candidatesOf(plans, ["none"]), { sample, results, differing, wrong }, () => true);
  if (plain.accepted !== null) return plain;
  const roundings = roundingsOf(sides, results);
  const rounded = new Set([...roundings.reference, ...roundings.other]);
  if (rounded.size === 1) return plain;
  const allowed = (side: SideName, { rounding }: Candidate): boolean => roundings[side].includes(rounding);
  return tryOn(problem, candidatesOf(plans, [...rounded]), { sample, results, differing, wrong }, allowed);
}

/** True where one order for both sides leaves nothing over, so that there is nothing better to be found. */
function isWhole({ accepted }: Judged): boolean {
  return (
    accepted !== null &&
    accepted.matches === accepted.eligible &&
    accepted.pair.reference.plan === accepted.pair.other.plan
  );
}

interface Evidence {
  readonly sample: Sample;
  readonly results: BySide<Float64Array>;
  readonly differing: readonly number[];
  readonly wrong: Uint8Array;
}

function tryOn(
  problem: SumProblem,
  candidates: readonly Candidate[],
  { sample, results, differing, wrong }: Evidence,
  allowed: (side: SideName, candidate: Candidate) => boolean,
): Judged {
  const { pairs, controlRate, chance } = search(problem, candidates, sample, allowed);
  const visited = elementsWithin(problem, differing, VERIFYING_TERMS / 2);
  let best: Verified | null = null;
  for (const pair of pairs.slice(0, VERIFIED_PAIRS)) {
    const verified = verify(problem, pair, results, visited, wrong);
    if (best === null || verified.matches > best.matches) best = verified;
    if (best.matches === best.eligible) break;
  }
  if (best === null) return { accepted: null, best: null, visited: 0 };
  const told = hypothesisOf(best.pair, {
    matchRate: best.matches / problem.elements,
    controlMatchRate: controlRate,
    tried: candidates.length,
  });
  const shown = evidence(best, differing, visited, wrong);
  const isShared = best.pair.reference.plan === best.pair.other.plan;
  // In a larger node the elements that agree must be reproduced too, and the control tells what chance would give.
  const luck = best.eligible < FEW_ELEMENTS ? pairLuck(chance, isShared, shown) : 0;
  const believed = isBelieved(best.matches / best.eligible, controlRate, luck);
  const cause = causeWith(problem, best.pair, results);
  return { accepted: believed ? { ...best, cause } : null, best: told, visited: best.visited };
}

interface Shown {
  readonly elements: number;
  readonly reproduced: number;
}

/** Only elements that differ: where both sides agree, nothing is shown of orders that do not. */
function evidence(
  { hits }: Verified,
  differing: readonly number[],
  visited: readonly number[] | null,
  wrong: Uint8Array,
): Shown {
  const seen = visited === null ? null : new Set(visited);
  const elements = differing.filter((index) => wrong[index] === 0 && (seen === null || seen.has(index)));
  return { elements: elements.length, reproduced: elements.filter((index) => hits[index] === 1).length };
}

/**
 * Each side has to stand by itself: one whose order is known proves nothing of the other. One order on both sides is found
 * on either one, and leaves few candidates for the opposite.
 */
function pairLuck({ reference, other }: BySide<Chance>, isShared: boolean, shown: Shown): number {
  const ofSide = ({ tried, triedShared, perElement }: Chance): number =>
    luckOf({ tried: isShared ? triedShared : tried, perElement }, shown);
  return Math.max(ofSide(reference), ofSide(other));
}

/** At most so many of the candidates tried would reproduce as much of one side by chance. */
export function luckOf(
  { tried, perElement }: Pick<Chance, "tried" | "perElement">,
  { elements, reproduced }: Shown,
): number {
  let logarithm = Math.log(tried) + reproduced * Math.log(perElement);
  // The ways to choose those that are reproduced.
  for (let left = 1; left <= elements - reproduced; left++) logarithm += Math.log((reproduced + left) / left);
  return Math.exp(logarithm);
}

/**
 * A right candidate reproduces every element that its kernel computed as it should, and a wrong one only those where orders happen
 * to round alike, which is what the control measures. So the rate must lie in the upper half between chance and all;
 * and below 0.9 too much of the node is left for the candidate to be what ran, whatever chance gives.
 * @param luck how many of the candidates would have done as well by chance; of few elements there is always one
 */
export function isBelieved(matchRate: number, controlRate: number, luck: number): boolean {
  if (!(luck < MOST_LUCK)) return false;
  return matchRate >= Math.max(LEAST_MATCH_RATE, (1 + controlRate) / 2) && matchRate > controlRate;
}

/**
 * How a side's factors may have been rounded, tried where exact factors explain nothing: TF32 where the side is said to
 * use it or is a GPU that may (WGSL has no such type), float16 where all results are float16 numbers.
 */
function roundingsOf(sides: BySide<ExplainedSide>, results: BySide<Float64Array>): BySide<readonly FactorRounding[]> {
  return bySide((side) => [
    "none",
    ...(sides[side].tf32 || mayUseTf32(sides[side]) ? TF32_ROUNDINGS : []),
    ...(looksLikeFloat16(results[side]) ? (["float16"] as const) : []),
  ]);
}

function mayUseTf32(side: ExplainedSide): boolean {
  return !isProcessor(side) && side.runsOn !== "WEBGPU";
}

/** True where float32's last 13 bits are 0 throughout, as of float16 numbers, and not merely of a few small integers. */
function looksLikeFloat16(numbers: Float64Array): boolean {
  const words = new Uint32Array(Float32Array.from(numbers).buffer);
  return words.every((bits) => (bits & 0x1fff) === 0) && words.some((bits) => (bits & 0xf_ffff) !== 0);
}

function exactValues(problem: SumProblem, indices: readonly number[]): Float64Array {
  const bounds = new Bounds(problem);
  return Float64Array.from(indices, (index) => {
    bounds.measure(index);
    return bounds.value;
  });
}

function hypothesisOf(
  pair: BySide<Candidate>,
  rates: Pick<Hypothesis, "matchRate" | "controlMatchRate" | "tried">,
): Hypothesis {
  const told = bySide((side) => ({
    order: publicOrder(pair[side].plan),
    fused: pair[side].fused,
    tf32: isTf32(pair[side].rounding),
  }));
  return { ...told, ...rates };
}

/** What makes the difference between two candidates that both reproduce their side. */
function causeWith(
  problem: SumProblem,
  { reference, other }: BySide<Candidate>,
  results: BySide<Float64Array>,
): (index: number) => SumCause {
  const flags = causeOfFlags(reference, other);
  if (reference.plan === other.plan && flags !== null) return () => flags;
  if (flags === null) return () => "SUMMATION_ORDER";
  const emulator = new Emulator(problem);
  const bridge: Candidate = { plan: reference.plan, fused: other.fused, rounding: other.rounding };
  return (index) => {
    // The reference's order with the other side's roundings: where that is the other's result, the order took no part.
    emulator.take(index, bridge.plan.layout, bridge.rounding);
    return sameNumber(emulator.value(index, bridge), results.other[index]!) ? flags : "SUMMATION_ORDER";
  };
}

function causeOfFlags(reference: Candidate, other: Candidate): SumCause | null {
  if (reference.rounding !== other.rounding) {
    return [reference, other].some(({ rounding }) => rounding === "float16") ? "REDUCED_PRECISION" : "TF32";
  }
  return reference.fused === other.fused ? null : "FUSED_MULTIPLY_ADD";
}
