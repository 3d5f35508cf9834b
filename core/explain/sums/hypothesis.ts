import type { Hypothesis } from "../explanation.ts";
import type { ExplainedSource } from "../request.ts";
import { Bounds } from "./bound.ts";
import { type Candidate, candidatesOf, Emulator, widerCandidatesOf } from "./candidate.ts";
import type { SumCause } from "../evidence/sum-cause.ts";
import { weigh } from "./weigh.ts";
import { type FactorRounding, isTf32, TF32_ROUNDINGS } from "./factors.ts";
import { planFamily } from "./family.ts";
import type { Allowed } from "./finalists.ts";
import { LEAST_MATCH_RATE, LIKELY_PLANS, SECOND_SAMPLE, VERIFIED_PAIRS, VERIFYING_TERMS } from "./limits.ts";
import { publicOrder } from "./order.ts";
import type { SumProblem } from "./problem.ts";
import { type Sample, search } from "./search.ts";
import { type BySource, bySource, isProcessor } from "../sources.ts";
import { type Verified, verify } from "./verify.ts";
import { elementsWithin, sampleOf } from "./visit.ts";

export interface Judged {
  /** Null if no candidate reproduces clearly more than chance. */
  readonly accepted: Accepted | null;
  /** The best hypothesis, accepted or not; null if there was nothing to search. */
  readonly best: Hypothesis | null;
  /** Number of elements on which the best hypothesis was checked; fewer than `elements` to limit the time. */
  readonly visited: number;
}

interface Accepted extends Verified {
  /** The cause of an element that the hypothesis reproduces. */
  readonly cause: (index: number) => SumCause | "UNDETERMINED";
  /** The cause is proved. */
  readonly settled: boolean;
  /** The remaining causes; empty if the cause is proved. */
  readonly consistentWith: readonly SumCause[];
}

/**
 * Searches for the order, FMA, sum type and factor rounding that reproduce both sources' bits, and decides what that
 * proves.
 * @param wrong 1 for elements known to be wrong, which no order can reproduce; they are ignored
 */
export function findHypothesis(
  problem: SumProblem,
  sources: BySource<ExplainedSource>,
  results: BySource<Float64Array>,
  differing: readonly number[],
  wrong: Uint8Array,
): Judged {
  const isRight = (index: number): boolean => wrong[index] === 0;
  const indices = sampleOf(problem.elements, differing.filter(isRight), SECOND_SAMPLE).filter(isRight);
  if (indices.length === 0) return { accepted: null, best: null, visited: 0 };
  const visited = elementsWithin(problem, differing, VERIFYING_TERMS / 2);
  const asked = { problem, results, wrong, visited, sample: sampleAt(problem, results, indices) };
  const plans = planFamily(problem);
  const roundings = roundingsOf(sources, results);
  const beyond = [...new Set([...roundings.reference, ...roundings.other])].filter((each) => each !== "none");
  const allowed: Allowed = (role, { rounding }) => roundings[role].includes(rounding);
  const plain = [...candidatesOf(plans, ["none"], problem.alpha), ...widerCandidatesOf(plans, problem.alpha)];
  // Rounded factors change a result considerably in any order, so a few orders show whether they can be the cause.
  const first = tryOn(asked, [...plain, ...candidatesOf(plans.slice(0, LIKELY_PLANS), beyond, problem.alpha)], allowed);
  if (beyond.length === 0 || first.accepted !== null) return first;
  return tryOn(asked, [...plain, ...candidatesOf(plans, beyond, problem.alpha)], allowed);
}

interface Asked {
  readonly problem: SumProblem;
  readonly results: BySource<Float64Array>;
  readonly wrong: Uint8Array;
  readonly visited: readonly number[] | null;
  readonly sample: Sample;
}

function tryOn(
  { problem, results, wrong, visited, sample }: Asked,
  candidates: readonly Candidate[],
  allowed: Allowed,
): Judged {
  const found = search(problem, candidates, sample, allowed);
  let best: Verified | null = null;
  for (const pair of found.pairs.slice(0, VERIFIED_PAIRS)) {
    const verified = verify(problem, pair, results, visited, wrong);
    if (best === null || verified.matches > best.matches) best = verified;
    if (best.matches === best.eligible) break;
  }
  if (best === null) return { accepted: null, best: null, visited: 0 };
  const told = hypothesisOf(best.pair, {
    matchRate: best.matches / problem.elements,
    controlMatchRate: found.controlRate,
    tried: candidates.length,
  });
  const believed = isBelieved(best.matches / best.eligible, found.controlRate);
  if (!believed && best.matches < best.eligible) return { accepted: null, best: told, visited: best.visited };
  const { proved, possible } = weigh(problem, found, best.pair, sample.targets, allowed);
  const settled = believed && proved.length > 0;
  const cause = settled ? causeWith(problem, best.pair, results, proved) : () => "UNDETERMINED" as const;
  const consistentWith = settled ? [] : possible;
  return { accepted: { ...best, settled, cause, consistentWith }, best: told, visited: best.visited };
}

/** Equal sums, or sums that differ by a power of two, are one piece of evidence. */
function sampleAt(problem: SumProblem, results: BySource<Float64Array>, indices: readonly number[]): Sample {
  const bounds = new Bounds(problem);
  const seen = new Map<string, { readonly index: number; readonly exact: number }>();
  for (const index of indices) {
    bounds.measure(index);
    const exact = bounds.value;
    const unit = exact || 1;
    const key = [bounds.exact.low / unit, results.reference[index]! / unit, results.other[index]! / unit].join();
    if (!seen.has(key)) seen.set(key, { index, exact });
  }
  const chosen = [...seen.values()];
  return {
    indices: chosen.map(({ index }) => index),
    targets: bySource((role) => Float64Array.from(chosen, ({ index }) => results[role][index]!)),
    exact: Float64Array.from(chosen, ({ exact }) => exact),
  };
}

/**
 * The right candidate reproduces every element that its kernel computed correctly; a wrong one only those where orders
 * happen to round alike, which the control measures. So the rate must lie in the upper half between chance and 1. Below
 * 0.9, too much of the node remains unexplained.
 */
export function isBelieved(matchRate: number, controlRate: number): boolean {
  return matchRate >= Math.max(LEAST_MATCH_RATE, (1 + controlRate) / 2) && matchRate > controlRate;
}

/**
 * How a source's factors may have been rounded, tried if exact factors explain nothing: TF32 if the source uses it or
 * is a GPU that may (WGSL has no such type), float16 if all results are float16 numbers.
 */
function roundingsOf(
  sources: BySource<ExplainedSource>,
  results: BySource<Float64Array>,
): BySource<readonly FactorRounding[]> {
  return bySource((role) => [
    "none",
    ...(sources[role].tf32 || mayUseTf32(sources[role]) ? TF32_ROUNDINGS : []),
    ...(looksLikeFloat16(results[role]) ? (["float16"] as const) : []),
  ]);
}

function mayUseTf32(source: ExplainedSource): boolean {
  return !isProcessor(source) && source.runsOn !== "WEBGPU";
}

/** True if all results are float16 numbers (float32's last 13 bits are 0), but not only small integers. */
function looksLikeFloat16(numbers: Float64Array): boolean {
  const words = new Uint32Array(Float32Array.from(numbers).buffer);
  return words.every((bits) => (bits & 0x1fff) === 0) && words.some((bits) => (bits & 0xf_ffff) !== 0);
}

function hypothesisOf(
  pair: BySource<Candidate>,
  rates: Pick<Hypothesis, "matchRate" | "controlMatchRate" | "tried">,
): Hypothesis {
  const told = bySource((role) => ({
    order: publicOrder(pair[role].plan),
    fused: pair[role].fused,
    tf32: isTf32(pair[role].rounding),
    wide: pair[role].sums !== "float32",
  }));
  return { ...told, ...rates };
}

/** Chooses among the proved causes for one element. */
function causeWith(
  problem: SumProblem,
  { reference, other }: BySource<Candidate>,
  results: BySource<Float64Array>,
  proved: readonly SumCause[],
): (index: number) => SumCause {
  const [only] = proved;
  if (proved.length === 1 || only === "WIDER_ACCUMULATION") return () => only!;
  const emulator = new Emulator(problem);
  const bridge: Candidate = { ...other, plan: reference.plan };
  return (index) => {
    // The reference's order with the other's products: if that reproduces the other, the order is not the cause.
    emulator.take(index, bridge.plan.layout, bridge.rounding);
    return Object.is(emulator.value(index, bridge), results.other[index]!) ? "FUSED_MULTIPLY_ADD" : "SUMMATION_ORDER";
  };
}
